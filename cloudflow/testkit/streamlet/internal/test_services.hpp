#pragma once

#include "cloudflow/native/dead_letters.hpp"
#include "cloudflow/native/task.hpp"
#include "cloudflow/testkit/streamlet/inlet_tap.hpp"
#include "cloudflow/testkit/streamlet/internal/http_core.hpp"
#include "cloudflow/testkit/streamlet/outlet_probe.hpp"

namespace cloudflow::testkit::internal {

/// The console of a streamlet under test: lines in a list.
class line_list final : public stream::line_output {
  std::vector<std::string> lines_;

public:
  result<void> write(std::string_view text) override;
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
};

/// Back-pressure by the test's hand.
class hand_gate final : public native::pressure_gate {
  bool closed_ = false;
  std::vector<stream::waker> waiting_;

public:
  bool closed() override { return closed_; }
  bool arm(const stream::waker& wake) override {
    waiting_.push_back(wake);
    return !closed_;
  }
  void set(bool closed);
};

/// What stands in for the engine: taps for feeds, probes for the log. Confined to the test's thread.
class test_services final : public native::task_services {
public:
  test_services(const clock_source& clock, bool has_inlets);

  [[nodiscard]] partition_id task() const override { return partition_id(0); }
  std::shared_ptr<native::record_feed> feed(const port_name& inlet) override;
  result<std::unique_ptr<log::topic_writer>> writer(const port_name& outlet) override;
  void on_log_room(const port_name& outlet, stream::waker wake) override;
  std::shared_ptr<native::pressure_gate> gate() override { return gate_; }
  result<schema::schema_definition> writer_schema(std::uint64_t crc64) override;
  result<void> publish_schema(const schema::schema_definition& definition) override;
  void acknowledged() override {}
  void written(const port_name& repartition) override;
  std::shared_ptr<native::dead_letter_box> dead_letters(const port_name& inlet) override;
  metric_registry& metrics() override { return metrics_; }
  std::shared_ptr<stream::line_output> console() override { return console_; }
  http::server_port* servers() override { return server.get(); }
  std::shared_ptr<void> shared(const std::string& name, const std::function<std::shared_ptr<void>()>& make) override;

  // for the rig
  std::shared_ptr<detail::http_core> server = std::make_shared<detail::http_core>(); // owners: this and the probes
  void add_inlet(const port_name& inlet);
  void add_outlet(const port_name& outlet);
  /// What is written to it is read again, in this one task.
  void add_repartition(const port_name& repartition);
  std::map<port_name, std::shared_ptr<detail::tap_core>> taps;     // owners: this and the test's taps
  std::map<port_name, std::shared_ptr<detail::probe_core>> probes; // owners: this and the test's probes
  std::function<std::string()> note;                               ///< what a probe adds to its complaints
  [[nodiscard]] const std::vector<std::string>& lines() const { return console_->lines(); }
  const std::vector<native::dead_letter>& dead_letters_of(const port_name& inlet);
  [[nodiscard]] const std::shared_ptr<hand_gate>& hand() const { return gate_; }

private:
  struct dead_letters_of_inlet {
    std::shared_ptr<native::dead_letter_box> box; // owners: this and the source
    std::vector<native::dead_letter> taken;
    void take();
  };
  [[noreturn]] void used_twice(const char* what, const port_name& port) const;

  const clock_source& clock_;
  metric_registry metrics_;
  std::shared_ptr<line_list> console_ = std::make_shared<line_list>(); // owners: this and the sinks
  std::shared_ptr<hand_gate> gate_;                                    // owners: this and the writers
  std::map<std::uint64_t, schema::schema_definition> schemas_;
  std::map<std::string, std::shared_ptr<void>> shared_; // owners: this and who asked
  std::vector<port_name> opened_;
  std::map<port_name, std::shared_ptr<detail::tap_core>> loops_; // owners: this and the writers; repartitions
  std::map<port_name, dead_letters_of_inlet> dead_letters_;
};

} // namespace cloudflow::testkit::internal
