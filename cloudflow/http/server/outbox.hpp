#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cloudflow::http {

/// What a connection has to write, and who waits for it: one part is on its way to the socket, the next is gathered
/// behind it. Confined to its connection.
class outbox {
public:
  using written = std::function<void(bool open)>;

private:
  std::string out_; ///< being written, from `sent_` on
  std::size_t sent_ = 0;
  std::string next_; ///< comes after it
  std::vector<written> out_done_;
  std::vector<written> next_done_;
  bool writing_ = false;

public:
  /// Append here what is to be written next.
  [[nodiscard]] std::string& next() { return next_; }
  /// Calls when all that was gathered so far is written, or never will be.
  void then(written done) { next_done_.push_back(std::move(done)); }
  [[nodiscard]] bool writing() const { return writing_; }
  /// Takes what was gathered as the part that is written now; not while another one is.
  std::string_view begin() {
    out_.clear();
    std::swap(out_, next_);
    std::swap(out_done_, next_done_);
    sent_ = 0;
    writing_ = true;
    return out_;
  }
  /// What is left of the part; empty: the socket has it all.
  std::string_view sent(std::size_t count) {
    sent_ += count;
    writing_ = sent_ < out_.size();
    return std::string_view(out_).substr(sent_);
  }
  /// Calls those who wait for the part that was written. They may write more, or close the connection.
  void tell_written() { tell(out_done_, true); }
  /// Calls those who wait for nothing else.
  void tell_next() { tell(next_done_, true); }
  /// Nothing more will be written.
  void fail() {
    writing_ = false;
    tell(out_done_, false);
    tell(next_done_, false);
  }

private:
  static void tell(std::vector<written>& list, bool open) {
    for (auto& done : std::exchange(list, {})) done(open);
  }
};

} // namespace cloudflow::http
