#include "cloudflow/native/line_sink.hpp"

#include "cloudflow/native/outlet_port.hpp"
#include "cloudflow/native/waiting_output.hpp"

#include <algorithm>
#include <atomic>

namespace cloudflow::native {

namespace {

/// Lines to an output that may keep us waiting: the bound is what is on its way. Confined to its island but for
/// callbacks.
class waiting_lines_port final : public stream::sink_port<std::string> {
  static constexpr std::size_t bound = 1024; ///< lines
  static constexpr std::size_t bound_bytes = std::size_t{1} << 20U;

  std::shared_ptr<waiting_output> output_; // owners: the engine, the ports that write to it
  std::string name_;
  std::shared_ptr<task_services> task_; // owners: engine and the readers and writers of the task
  std::shared_ptr<detail::outlet_flight> flight_ = std::make_shared<detail::outlet_flight>(); // owners: this, callbacks
  std::shared_ptr<std::atomic<std::size_t>> bytes_ =
      std::make_shared<std::atomic<std::size_t>>(0); // on their way; same owners
  std::size_t line_size_ = 4096;                     ///< as the last ones were
  bool ended_ = false;

public:
  waiting_lines_port(std::shared_ptr<waiting_output> output, std::string name, std::shared_ptr<task_services> task)
      : output_(std::move(output))
      , name_(std::move(name))
      , task_(std::move(task)) {}

  std::string name() const override { return name_; }
  std::size_t room() override {
    const auto out = flight_->records();
    const auto bytes = bytes_->load();
    if (failed() || out >= bound || bytes >= bound_bytes) return 0;
    return std::min(bound - out, (bound_bytes - bytes) / line_size_ + 1);
  }
  void push(stream::batch<std::string>& elements) override {
    if (failed()) return;
    std::string lines;
    for (const auto& line : elements.values) {
      lines += line;
      lines += '\n';
    }
    auto tokens = std::make_shared<std::vector<stream::token_ref>>(); // owners: the callback
    for (auto& run : elements.runs) tokens->push_back(std::move(run.token));
    const auto count = elements.size();
    const auto size = lines.size();
    line_size_ = size / count + 1;
    flight_->started(count);
    bytes_->fetch_add(size);
    output_->write_later(std::move(lines), [count, size, tokens, bytes = bytes_, flight = flight_, task = task_,
                                            name = name_](const auto& done) {
      bytes->fetch_sub(size);
      if (done)
        for (auto& token : *tokens) token.acknowledge();
      flight->ended(count, done ? nullptr
                                : std::make_shared<const stream::failure>(
                                      stream::failure{"i/o error", done.error().text(), name, std::nullopt}));
      if (done) task->acknowledged();
    });
  }
  bool arm(const stream::waker& wake) override {
    flight_->wake_by(wake);
    return ended_ ? ended() : failed() != nullptr || room() > 0;
  }
  void end(const stream::ending&) override { ended_ = true; }
  bool ended() override { return flight_->records() == 0 || failed() != nullptr; }
  std::shared_ptr<const stream::failure> failed() override { return flight_->failed(); }
};

} // namespace

port_line_sink line_sink(std::string name, std::shared_ptr<stream::line_output> output,
                         std::shared_ptr<task_services> task) {
  if (auto waiting = std::dynamic_pointer_cast<waiting_output>(output))
    return stream::sink(std::unique_ptr<stream::sink_port<std::string>>(
        std::make_unique<waiting_lines_port>(std::move(waiting), std::move(name), std::move(task))));
  return stream::sink(
      stream::lines_to(std::move(output), std::move(name), [task = std::move(task)] { task->acknowledged(); }));
}

} // namespace cloudflow::native
