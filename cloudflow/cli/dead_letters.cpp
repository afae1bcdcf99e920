#include "cloudflow/cli/dead_letters.hpp"

#include "cloudflow/base/suggest.hpp"
#include "cloudflow/cli/arguments.hpp"
#include "cloudflow/cli/data_dir.hpp"
#include "cloudflow/native/dead_letters.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

namespace cloudflow::cli {

namespace {

constexpr std::string_view ending = ".dead";

// "app.streamlet.inlet.dead" taken apart; nothing on other names.
std::optional<dead_letters> read_name(const topic_name& topic) {
  const auto& name = topic.value();
  if (!name.ends_with(ending)) return std::nullopt;
  const auto reader = name.substr(0, name.size() - ending.size());
  const auto inlet = reader.rfind('.');
  if (inlet == std::string::npos || inlet == 0) return std::nullopt;
  const auto streamlet = reader.rfind('.', inlet - 1);
  if (streamlet == std::string::npos || streamlet == 0) return std::nullopt;
  return dead_letters{topic, reader.substr(streamlet + 1), group_name(reader), group_name(name + ".redrive")};
}

// Gives all records of a topic, oldest first, until `f` says false. Errors: those of the log.
template <class F> result<void> for_each_letter(log::topic_log& log, const topic_name& topic, F&& f) {
  log::consumer_options options;
  options.topics = {topic};
  options.membership = log::membership::all_partitions;
  auto reader = log.open_consumer(std::move(options));
  if (!reader) return unexpected(reader.error());
  for (log::polled got;;) {
    if (auto polled = (*reader)->poll({}, got); !polled) return polled;
    for (const auto& r : got.records)
      if (!f(r)) return {};
    if (got.records.empty() && !got.more && got.events.empty()) return {};
  }
}

result<void> count(log::topic_log& log, dead_letters& letters) {
  std::map<partition_id, record_offset> done;
  if (const auto group = log.describe_group(letters.redrive))
    for (const auto& p : group->progress) done[p.source.partition] = p.committed.value_or(record_offset(0));
  return for_each_letter(log, letters.topic, [&](const log::record_view& r) {
    ++letters.kept;
    const auto behind = done.find(r.source.partition);
    if (behind == done.end() || r.offset >= behind->second) ++letters.waiting;
    return true;
  });
}

template <class T> std::optional<T> number_in(const log::header_list& headers, std::string_view name) {
  const auto value = headers.find(name);
  if (!value) return std::nullopt;
  const auto text = as_text(*value);
  T n = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), n);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return n;
}

constexpr std::string_view timestamp_header = "cf-dead-timestamp";
constexpr std::string_view topic_header = "cf-dead-topic";

// What the oldest dead letter that says it says.
std::optional<topic_name> topic_in(log::topic_log& log, const dead_letters& letters) {
  std::optional<topic_name> found;
  (void)for_each_letter(log, letters.topic, [&](const log::record_view& r) {
    if (const auto name = r.headers.find(topic_header)) found = topic_name(std::string(as_text(*name)));
    return !found;
  });
  return found;
}

result<void> send_back(const log::polled& got, log::producer& producer, log::topic_writer& writer,
                       const log::group_token& owner) {
  if (auto begun = producer.begin(); !begun) return begun;
  result<void> outcome;
  const auto note = [&outcome](const auto& done) {
    if (!done && outcome) outcome = unexpected(done.error());
  };
  std::map<log::source_partition, record_offset> behind;
  log::header_buffer headers;
  for (const auto& r : got.records) {
    headers.clear();
    for (const auto [name, value] : r.headers)
      if (name != redriven_header && !name.starts_with(native::dead_letter_prefix)) headers.add(name, value);
    headers.add(redriven_header, std::to_string(number_in<std::uint64_t>(r.headers, redriven_header).value_or(0) + 1));
    const auto first = number_in<std::int64_t>(r.headers, timestamp_header);
    const auto time = first ? timestamp(timestamp::duration(*first)) : r.time;
    const log::outgoing_record again{.key = r.key, .value = r.value, .headers = headers.view(), .time = time};
    if (outcome) note(writer.send({&again, 1}, note));
    behind[r.source] = record_offset(r.offset.value() + 1);
  }
  std::vector<log::source_position> positions;
  for (const auto& [source, next] : behind) positions.push_back({source, next});
  if (outcome) note(producer.send_offsets(owner, positions));
  if (outcome)
    producer.commit(note);
  else
    producer.abort({});
  return outcome;
}

} // namespace

result<std::vector<dead_letters>> find_dead_letters(log::topic_log& log) {
  auto topics = log.topics();
  if (!topics) return unexpected(topics.error());
  std::sort(topics->begin(), topics->end());
  std::vector<dead_letters> out;
  for (const auto& topic : *topics) {
    auto letters = read_name(topic);
    if (!letters) continue;
    if (auto counted = count(log, *letters); !counted) return unexpected(counted.error());
    out.push_back(std::move(*letters));
  }
  return out;
}

result<dead_letters> find_dead_letters(log::topic_log& log, const std::string& port) {
  const auto all = find_dead_letters(log);
  if (!all) return unexpected(all.error());
  const dead_letters* found = nullptr;
  std::vector<std::string> known;
  for (const auto& d : *all) {
    known.push_back(d.port);
    if (d.port != port && d.reader.value() != port) continue;
    if (found != nullptr)
      return user_error(errc::conflict, "two applications have dead letters of " + shown(port) + ": name one as '" +
                                            found->reader.value() + "' or '" + d.reader.value() + "'");
    found = &d;
  }
  if (found != nullptr) return *found;
  const auto near = nearest(port, known);
  return user_error(errc::not_found, "there are no dead letters of " + shown(port) +
                                         (near            ? "; did you mean '" + *near + "'?"
                                          : known.empty() ? "; the log has none at all"
                                                          : "; there are some of: " + listed(known)));
}

result<topic_name> origin_of(log::topic_log& log, const dead_letters& letters) {
  std::set<topic_name> topics;
  const auto group = log.describe_group(letters.reader);
  if (group)
    for (const auto& p : group->progress) topics.insert(p.source.topic);
  else if (group.error().code != errc::not_found)
    return unexpected(group.error());
  if (topics.size() == 1) return *topics.begin();
  if (auto said = topic_in(log, letters)) return *std::move(said);
  if (topics.empty())
    return user_error(errc::not_found, "group '" + letters.reader.value() +
                                           "' has read nothing in this data folder, so "
                                           "the topic of the dead letters is not known: give it with --to TOPIC");
  std::vector<std::string> names;
  for (const auto& t : topics) names.push_back(t.value());
  return user_error(errc::conflict, "group '" + letters.reader.value() + "' reads several topics (" + listed(names) +
                                        "): give the one meant with --to TOPIC");
}

result<std::uint64_t> redrive(log::topic_log& log, const dead_letters& letters, const topic_name& to) {
  log::producer_options sending;
  sending.client_id = "cloudflow dlq";
  sending.transactional_id = letters.redrive.value();
  auto producer = log.open_producer(sending);
  if (!producer) return unexpected(producer.error());
  auto writer = (*producer)->open(to);
  if (!writer) return unexpected(writer.error());
  log::consumer_options reading;
  reading.topics = {letters.topic};
  reading.group = letters.redrive;
  reading.client_id = "cloudflow dlq";
  auto reader = log.open_consumer(reading);
  if (!reader) return unexpected(reader.error());
  std::uint64_t sent = 0;
  for (log::polled got;;) {
    if (auto polled = (*reader)->poll({}, got); !polled) return unexpected(polled.error());
    if (!got.records.empty()) {
      if (auto done = send_back(got, **producer, **writer, (*reader)->token()); !done) return unexpected(done.error());
      sent += got.records.size();
    } else if (!got.more && got.events.empty()) {
      break;
    }
  }
  if (auto closed = (*reader)->close(); !closed) return unexpected(closed.error());
  return sent;
}

} // namespace cloudflow::cli
