#include "cloudflow/base/json_writer.hpp"
#include "cloudflow/cli/commands.hpp"
#include "cloudflow/cli/data_dir.hpp"
#include "cloudflow/cli/dead_letters.hpp"
#include "cloudflow/cli/plain_text.hpp"
#include "cloudflow/cli/record_selection.hpp"

#include <memory>

namespace cloudflow::cli {

namespace {

struct dlq_options {
  std::string port;
  std::string folder;
  std::string data;
  std::string to;
  std::string output;
  record_selection records;
};

exit_status list(const dlq_options& given, shell& sh) {
  auto data = open_data_dir(given.data, data_use::look);
  if (!data) return complain(sh, data.error());
  const auto all = find_dead_letters(*data->log);
  if (!all) return complain(sh, all.error());
  if (given.output == "json") {
    json_writer json(2);
    json.begin_object().key("dead_letters").begin_array();
    for (const auto& d : *all) {
      json.begin_object().member("inlet", d.port).member("topic", d.topic.value()).member("records", d.kept);
      json.member("waiting", d.waiting).end_object();
    }
    json.end_array().end_object();
    return print(sh, std::move(json).text() + "\n");
  }
  std::string out;
  for (const auto& d : *all)
    if (d.kept > 0)
      out += plain(d.port) + "  " + std::to_string(d.kept) + (d.kept == 1 ? " record, " : " records, ") +
             std::to_string(d.waiting) + " not sent back, in " + plain(d.topic.value()) + "\n";
  if (out.empty()) sh.err("There are no dead letters.\n");
  return print(sh, out);
}

exit_status show_letters(const dlq_options& given, shell& sh) {
  auto data = open_data_dir(given.data, data_use::look);
  if (!data) return complain(sh, data.error());
  const auto letters = find_dead_letters(*data->log, given.port);
  if (!letters) return complain(sh, letters.error());
  const auto topic = data->log->describe_topic(letters->topic);
  if (!topic) return complain(sh, topic.error());
  return print_records(*data->log, *topic, given.records, given.folder, sh);
}

exit_status redrive_letters(const dlq_options& given, shell& sh) {
  auto data = open_data_dir(given.data, data_use::change);
  if (!data) return complain(sh, data.error());
  const auto letters = find_dead_letters(*data->log, given.port);
  if (!letters) return complain(sh, letters.error());
  result<topic_name> to = topic_name(given.to);
  if (given.to.empty()) {
    to = origin_of(*data->log, *letters);
  } else if (auto known = find_topic(*data->log, given.to); !known) {
    return complain(sh, known.error());
  }
  if (!to) return complain(sh, to.error());
  const auto sent = redrive(*data->log, *letters, *to);
  if (!sent) {
    if (sent.error().code == errc::closed)
      return complain(sh, sent.error().wrap("topic '" + to->value() +
                                            "' is closed, all its writers completed: nothing can be sent to it"));
    return complain(sh, sent.error());
  }
  if (given.output == "json") {
    json_writer json;
    json.begin_object().member("inlet", letters->port).member("topic", to->value()).member("sent", *sent).end_object();
    return print(sh, std::move(json).text() + "\n");
  }
  sh.err(std::to_string(*sent) + (*sent == 1 ? " record" : " records") + " sent back to " + plain(to->value()) + "\n");
  return exit_status::ok;
}

constexpr const char* data_help = "The data folder of `cloudflow run --data-dir`";
constexpr const char* port_help =
    "The inlet that could not read them; `<app>.STREAMLET.INLET` if two applications have it";

} // namespace

void add_dlq_list(command& dlq, shell& sh) {
  auto given = std::make_shared<dlq_options>(); // owners: the command
  dlq.add("list", "Dead letters", "List the inlets that have dead letters")
      .needs_option("--data-dir", "DIR", data_help, given->data)
      .output(given->output)
      .example("--data-dir data", "How many there are, and how many were not sent back yet")
      .runs([&sh, given] { return list(*given, sh); });
}

void add_dlq_show(command& dlq, shell& sh) {
  auto given = std::make_shared<dlq_options>(); // owners: the command
  auto& c = dlq.add("show", "Dead letters", "Show dead letters with all their headers");
  c.needs("STREAMLET.INLET", port_help, given->port)
      .takes("DIR", "Folder of the project whose schemas decode the values; without it they are hexadecimal",
             given->folder)
      .needs_option("--data-dir", "DIR", data_help, given->data);
  given->records.declare(c);
  c.example("process.in examples/sensors --data-dir data", "The first ten, decoded where they can be")
      .example("process.in --data-dir data --from -1 -o json", "The last one of each partition")
      .runs([&sh, given] { return show_letters(*given, sh); });
}

void add_dlq_redrive(command& dlq, shell& sh) {
  auto given = std::make_shared<dlq_options>(); // owners: the command
  dlq.add("redrive", "Dead letters", "Send dead letters back to the topic that they came from")
      .needs("STREAMLET.INLET", port_help, given->port)
      .needs_option("--data-dir", "DIR", data_help, given->data)
      .option("--to", "TOPIC", "Another topic than the one that the inlet reads", given->to)
      .output(given->output)
      .details(
          "Needs the run stopped. Each dead letter is sent once: records and the position behind them are one\n"
          "transaction, so the same command again, also after a crash, sends only what came since. It goes with its\n"
          "own key, value, headers and timestamp; the headers cf-dead-* stay behind, and cf-redriven counts how\n"
          "often it was sent. Every reader of the topic sees them, not this inlet alone; the dead letters stay in\n"
          "their topic.")
      .example("process.in --data-dir data", "Once the cause is mended")
      .runs([&sh, given] { return redrive_letters(*given, sh); });
}

} // namespace cloudflow::cli
