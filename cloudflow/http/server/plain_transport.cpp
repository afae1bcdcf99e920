#include "cloudflow/http/server/socket_transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

namespace cloudflow::http {

namespace {

using boost::system::error_code;

class plain final : public transport {
  boost::asio::ip::tcp::socket socket_;

public:
  explicit plain(boost::asio::ip::tcp::socket socket)
      : socket_(std::move(socket)) {}

  void open(std::shared_ptr<transport_user> user) override { user->on_open(true); }
  void read(std::span<char> into, std::shared_ptr<transport_user> user) override {
    socket_.async_read_some(boost::asio::buffer(into.data(), into.size()),
                            [user = std::move(user)](const error_code& ec, std::size_t n) {
                              user->on_read(!ec || ec == boost::asio::error::eof, n);
                            });
  }
  void write(std::string_view data, std::shared_ptr<transport_user> user) override {
    socket_.async_write_some(
        boost::asio::buffer(data.data(), data.size()),
        [user = std::move(user)](const error_code& ec, std::size_t n) { user->on_written(!ec, n); });
  }
  bool end_writing(const std::shared_ptr<transport_user>&, bool) override {
    error_code ignored;
    socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
    return false;
  }
  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }
};

} // namespace

std::unique_ptr<transport> plain_transport(boost::asio::ip::tcp::socket socket) {
  return std::make_unique<plain>(std::move(socket));
}

} // namespace cloudflow::http
