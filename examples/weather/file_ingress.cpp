#include "cloudflow/native.hpp"
#include "weather_schemas/reading.hpp"

#include <charconv>
#include <stdexcept>

using namespace cloudflow;

namespace weather {

/// Reads `weather-readings.csv` from a mounted folder: `src,timestamp,gauge,value`, in order of time.
class file_ingress final : public native::streamlet {
  outlet<reading> out_{"out", partition_by(&reading::src, &reading::gauge)};
  volume_mount data_{"data", "/data", access_mode::read_only_many};
  config_parameter<std::string> file_{"file", "Name of the file in the mounted folder.", "weather-readings.csv"};

  static std::string_view next_field(std::string_view& line) {
    const auto end = std::min(line.find(','), line.size());
    const auto field = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return field;
  }
  template <class Number> static Number number(std::string_view field) {
    Number out{};
    const auto [end, failed] = std::from_chars(field.data(), field.data() + field.size(), out);
    if (failed != std::errc{} || end != field.data() + field.size())
      throw std::invalid_argument("'" + std::string(field) + "' is no number");
    return out;
  }
  static reading parse(std::string_view line) {
    reading r;
    r.src = next_field(line);
    r.timestamp = timestamp(std::chrono::milliseconds(number<std::int64_t>(next_field(line))));
    r.gauge = next_field(line);
    r.value = number<double>(next_field(line));
    return r;
  }

public:
  std::string description() const override { return "Reads daily weather observations from a CSV file."; }
  streamlet_shape shape() const override { return shape_of(out_).with(data_, file_, seekable()); }
  stream::runnable build(const native::context& ctx) const override {
    return stream::source(stream::file_lines(ctx.path(data_) / ctx.value(file_), {.skip = 1})) // the header
        .map([](const std::string& line) { return parse(line); })
        .to(ctx.sink(out_));
  }
};
CLOUDFLOW_STREAMLET(file_ingress, "weather.file-ingress")

} // namespace weather
