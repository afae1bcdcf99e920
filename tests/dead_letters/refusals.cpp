// Streamlets that refuse the records which their configuration names.
#include "cloudflow/native.hpp"

#include <charconv>
#include <stdexcept>
#include <string>

using namespace cloudflow;

namespace {

bytes line(const std::string& text) {
  const auto view = as_bytes(text);
  return {view.begin(), view.end()};
}

// The numbers from 0 under the key "n", so many; then it is silent, and stays.
class numbers final : public native::streamlet {
  outlet<bytes> out_{"out", partition_by<bytes>([](const bytes&) { return std::string("n"); })};
  config_parameter<std::int32_t> count_{"count", "How many numbers.", 40};
  config_parameter<std::int32_t> at_once_{"at-once", "How many at each tick.", 1};

public:
  streamlet_shape shape() const override { return shape_of(out_).with(count_, at_once_); }
  stream::runnable build(const native::context& ctx) const override {
    return stream::tick(std::chrono::milliseconds(5))
        .flat_map([n = std::int32_t{0}, count = ctx.value(count_), step = ctx.value(at_once_)](auto) mutable {
          std::vector<bytes> out;
          for (int i = 0; i < step && n < count; ++i) out.push_back(line(std::to_string(n++)));
          return out;
        })
        .to(ctx.sink(out_));
  }
};

// Copies. Throws at the numbers of `refuses` ("3,7"; "all"), which a flow of its own may decide about.
class checking final : public native::streamlet {
  inlet<bytes> in_{"in"};
  outlet<bytes> out_{"out", partition_by<bytes>([](const bytes&) { return std::string("n"); })};
  config_parameter<std::string> refuses_{"refuses", "Numbers, or all.", ""};
  config_parameter<std::string> decides_{"decides", "What supervision says: stop, resume, restart. Empty: nobody asks.",
                                         ""};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_).with(refuses_, decides_); }
  stream::runnable build(const native::context& ctx) const override {
    // Remembers how many it has passed: a flow that is made anew begins at 0.
    const auto check = [refuses = "," + ctx.value(refuses_) + ",", passed = 0](const bytes& b) mutable {
      const std::string number(as_text(b));
      if (refuses == ",all," || refuses.find("," + number + ",") != std::string::npos)
        throw std::range_error(number + " is refused");
      return std::pair(b, passed++);
    };
    const auto decides = ctx.value(decides_);
    if (decides.empty())
      return ctx.source(in_).map(check).map([](const auto& p) { return p.first; }).to(ctx.sink(out_));
    const auto decision = decides == "stop"     ? stream::directive::stop
                          : decides == "resume" ? stream::directive::resume
                                                : stream::directive::restart;
    return ctx.source(in_)
        .supervised([decision](const stream::failure&) { return decision; }, stream::flow<bytes>().map(check))
        .map([](const auto& p) { return line(std::string(as_text(p.first)) + "/" + std::to_string(p.second)); })
        .to(ctx.sink(out_));
  }
};

struct running_total {
  stream::value_state<std::int64_t> count{"count"};
  auto states() { return std::tie(count); }
  template <class Ctx> void on_element(const bytes& b, Ctx& ctx) {
    const auto* before = count.find();
    const auto now = (before == nullptr ? 0 : *before) + 1;
    count.set(now);
    ctx.emit(line(std::string(as_text(b)) + " as number " + std::to_string(now)));
  }
};

// Says of each record the how manieth it was.
class totalling final : public native::streamlet {
  inlet<bytes> in_{"in"};
  outlet<bytes> out_{"out"};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .key_by([](const bytes&) { return std::string("n"); })
        .process<bytes>(running_total())
        .to(ctx.sink(out_));
  }
};

class printing final : public native::streamlet {
  inlet<bytes> in_{"in"};

public:
  streamlet_shape shape() const override { return shape_of(in_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_).map([](const bytes& b) { return std::string(as_text(b)); }).to(ctx.console_sink());
  }
};

} // namespace
CLOUDFLOW_STREAMLET(numbers, "refusals.numbers")
CLOUDFLOW_STREAMLET(checking, "refusals.checking")
CLOUDFLOW_STREAMLET(totalling, "refusals.totalling")
CLOUDFLOW_STREAMLET(printing, "refusals.printing")
