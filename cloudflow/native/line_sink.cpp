#include "cloudflow/native/line_sink.hpp"

#include "cloudflow/native/context.hpp"

namespace cloudflow::native {

namespace {

class line_port final : public stream::sink_port<std::string> {
  std::string name_;
  std::shared_ptr<line_output> output_; // owners: the tasks of the instance
  std::shared_ptr<task_services> task_; // owners: engine and the readers and writers of the task
  std::string text_;
  std::shared_ptr<const stream::failure> failed_;

public:
  line_port(std::string name, std::shared_ptr<line_output> output, std::shared_ptr<task_services> task)
      : name_(std::move(name))
      , output_(std::move(output))
      , task_(std::move(task)) {}

  std::string name() const override { return name_; }
  std::size_t room() override { return failed_ ? 0 : 1024; }
  void push(stream::batch<std::string>& lines) override {
    text_.clear();
    for (const auto& line : lines.values) {
      text_ += line;
      text_ += '\n';
    }
    if (auto done = output_->write(text_); !done) {
      failed_ = std::make_shared<const stream::failure>(
          stream::failure{"i/o error", done.error().text(), name_, std::nullopt});
      return;
    }
    for (auto& run : lines.runs) run.token.acknowledge();
    task_->acknowledged();
  }
  bool arm(const stream::waker&) override { return failed_ != nullptr; }
  void end(const stream::ending&) override {}
  bool ended() override { return true; }
  std::shared_ptr<const stream::failure> failed() override { return failed_; }
};

} // namespace

port_line_sink line_sink(std::string name, std::shared_ptr<line_output> output, std::shared_ptr<task_services> task) {
  return stream::sink(std::unique_ptr<stream::sink_port<std::string>>(
      std::make_unique<line_port>(std::move(name), std::move(output), std::move(task))));
}

} // namespace cloudflow::native
