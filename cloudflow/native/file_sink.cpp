#include "cloudflow/native/context.hpp"
#include "cloudflow/native/line_file.hpp"
#include "cloudflow/stream/state/durable_table.hpp"

namespace cloudflow::native {

namespace {

/// The sink of one task. Its part of the state is the length that the file had at the commit. Confined to its island.
class file_port final : public stream::sink_port<std::string> {
  std::string name_;
  std::shared_ptr<line_file> file_;     // owners: the tasks of the instance
  std::shared_ptr<task_services> task_; // owners: engine and the readers and writers of the task
  std::string table_name_;
  stream::task_state* state_ = nullptr;
  stream::durable_table<std::string, std::int64_t> table_;
  stream::commit_id last_ = stream::no_commit;
  std::int64_t sealed_ = 0;
  bool joined_ = false;
  std::string text_;
  std::shared_ptr<const stream::failure> failed_;

  void give_up(const error& why) {
    failed_ = std::make_shared<const stream::failure>(stream::failure{"i/o error", why.text(), name_, std::nullopt});
  }
  void join() {
    joined_ = true;
    if (state_ != nullptr)
      if (auto done = table_.open(*state_, table_name_, [&](std::string&&, std::int64_t&& at) { sealed_ = at; }); !done)
        return give_up(done.error());
    if (auto done = file_->join(sealed_); !done) give_up(done.error());
  }
  void seal(stream::commit_id n) {
    last_ = n;
    if (!table_.is_open()) return;
    if (const auto now = file_->length(); now > sealed_) table_.put("length", sealed_ = now);
    table_.seal(n);
  }

public:
  file_port(std::string name, std::shared_ptr<line_file> file, std::shared_ptr<task_services> task)
      : name_(std::move(name))
      , file_(std::move(file))
      , task_(std::move(task)) {}

  std::string name() const override { return name_; }
  std::string_view keeps() const override { return "file_sink"; }
  void name_table(std::string name) override { table_name_ = std::move(name); }
  void start(stream::island_services& services) override { state_ = services.state(); }
  std::size_t room() override {
    if (!joined_) join();
    return failed_ || !file_->is_ready() ? 0 : 1024;
  }
  void push(stream::batch<std::string>& lines) override {
    text_.clear();
    for (const auto& line : lines.values) {
      text_ += line;
      text_ += '\n';
    }
    if (auto done = file_->write(text_); !done) return give_up(done.error());
    for (auto& run : lines.runs) run.token.acknowledge();
    task_->acknowledged();
  }
  bool arm(const stream::waker& wake) override {
    if (!joined_) join();
    return failed_ != nullptr || file_->is_ready(&wake);
  }
  void on_barrier(stream::commit_id n) override { seal(n); }
  void end(const stream::ending& how) override {
    if (!joined_) join(); // a task without a record
    if (how.kind == stream::end_kind::complete || how.kind == stream::end_kind::drain)
      seal(stream::commit_id(last_.value() + 1));
  }
  bool ended() override { return true; }
  std::shared_ptr<const stream::failure> failed() override { return failed_; }
};

} // namespace

port_line_sink context::file_sink(const std::filesystem::path& file, std::string header) const {
  auto output = task_->shared("file " + file.string(), [&]() -> std::shared_ptr<void> {
    auto made = line_file::open(file, header, static_cast<std::size_t>(task_->tasks()));
    if (!made) throw streamlet::context_error(made.error().text());
    return std::move(*made);
  });
  return stream::sink(std::unique_ptr<stream::sink_port<std::string>>(std::make_unique<file_port>(
      file.filename().string(), std::static_pointer_cast<line_file>(std::move(output)), task_)));
}

} // namespace cloudflow::native
