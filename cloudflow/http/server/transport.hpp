#pragma once

#include "cloudflow/base/error.hpp"
#include "cloudflow/http/server_port.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace cloudflow::http {

/// Hears what came of a transport's operations. Called on the thread of its connection.
class transport_user {
public:
  virtual ~transport_user() = default;
  virtual void on_open(bool ok) = 0;
  /// `count` bytes were read; 0: the peer sends no more. Not `ok`: the connection is broken.
  virtual void on_read(bool ok, std::size_t count) = 0;
  virtual void on_written(bool ok, std::size_t count) = 0;
};

/// The bytes of one connection, plain or encrypted. One read and one write at a time. Keeps its user alive while an
/// operation runs; `close` ends all of them. Confined to the thread of its connection.
class transport {
public:
  virtual ~transport() = default;
  virtual void open(std::shared_ptr<transport_user> user) = 0;
  virtual void read(std::span<char> into, std::shared_ptr<transport_user> user) = 0;
  /// Some of the data, at least one byte.
  virtual void write(std::string_view data, std::shared_ptr<transport_user> user) = 0;
  /// Nothing more will be written. True: `on_read` will tell when the peer agreed or went, so do not read; never while
  /// a read runs.
  virtual bool end_writing(const std::shared_ptr<transport_user>& user, bool reading) = 0;
  virtual void close() = 0;
};

} // namespace cloudflow::http
