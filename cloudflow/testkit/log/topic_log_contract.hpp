#pragma once

#include "cloudflow/testkit/log/log_probe.hpp"

#include <doctest/doctest.h>

/// What every `topic_log` must do, one case a sentence (DETAILS §1).
namespace cloudflow::testkit::topic_log_contract {

void order_per_partition(log_fixture& f);
void key_to_partition(log_fixture& f);
void records_without_key(log_fixture& f);
void explicit_partition(log_fixture& f);
void nulls_and_headers(log_fixture& f);
void wrong_records(log_fixture& f);
void timestamps(log_fixture& f);
void batches_outlive_polls(log_fixture& f);
void wakes(log_fixture& f);
void poll_limits(log_fixture& f);

void compaction(log_fixture& f);
void retention_by_time(log_fixture& f);
void retention_by_size(log_fixture& f);
void topics_by_name(log_fixture& f);
void partitions_added(log_fixture& f);
void topic_removed(log_fixture& f);
void closing(log_fixture& f);

void missing_offset(log_fixture& f);
void expired_offset(log_fixture& f);
void seek_by_offset(log_fixture& f);
void seek_by_time(log_fixture& f);
void pause_and_resume(log_fixture& f);
void end_and_lag(log_fixture& f);
void own_reader(log_fixture& f);
void chosen_partitions(log_fixture& f);
void join_and_leave(log_fixture& f);
void crash(log_fixture& f);
void cooperative_rebalance(log_fixture& f);
void co_partitioned(log_fixture& f);
void commit_next(log_fixture& f);
void fenced_commit(log_fixture& f);
void groups_apart(log_fixture& f);
void group_progress(log_fixture& f);

} // namespace cloudflow::testkit::topic_log_contract

#define CLOUDFLOW_LOG_CASE(Fixture, sentence, function)                                                                \
  TEST_CASE(sentence) {                                                                                                \
    Fixture fixture;                                                                                                   \
    ::cloudflow::testkit::topic_log_contract::function(fixture);                                                       \
  }

/// Registers all cases for a log. `Fixture`: a `log_fixture` that is made without arguments. `name` begins each
/// sentence.
#define CLOUDFLOW_TOPIC_LOG_CONTRACT(Fixture, name)                                                                    \
  CLOUDFLOW_LOG_CASE(Fixture, name " keeps the order of a partition", order_per_partition)                             \
  CLOUDFLOW_LOG_CASE(Fixture, name " puts a key into the partition that murmur2 names", key_to_partition)              \
  CLOUDFLOW_LOG_CASE(Fixture, name " spreads batches without keys over the partitions", records_without_key)           \
  CLOUDFLOW_LOG_CASE(Fixture, name " obeys an explicit partition before the key", explicit_partition)                  \
  CLOUDFLOW_LOG_CASE(Fixture, name " tells null from empty and keeps headers in order", nulls_and_headers)             \
  CLOUDFLOW_LOG_CASE(Fixture, name " refuses a whole batch for one wrong record", wrong_records)                       \
  CLOUDFLOW_LOG_CASE(Fixture, name " stamps records as the topic says", timestamps)                                    \
  CLOUDFLOW_LOG_CASE(Fixture, name " keeps the bytes of a batch while somebody holds it", batches_outlive_polls)       \
  CLOUDFLOW_LOG_CASE(Fixture, name " wakes a consumer that found nothing", wakes)                                      \
  CLOUDFLOW_LOG_CASE(Fixture, name " cuts a poll at its limits and says that there is more", poll_limits)              \
  CLOUDFLOW_LOG_CASE(Fixture, name " compacts to the latest record of each key", compaction)                           \
  CLOUDFLOW_LOG_CASE(Fixture, name " forgets records by time", retention_by_time)                                      \
  CLOUDFLOW_LOG_CASE(Fixture, name " forgets records by size", retention_by_size)                                      \
  CLOUDFLOW_LOG_CASE(Fixture, name " finds topics by name and refuses bad ones", topics_by_name)                       \
  CLOUDFLOW_LOG_CASE(Fixture, name " assigns partitions that are added", partitions_added)                             \
  CLOUDFLOW_LOG_CASE(Fixture, name " tells its readers that a topic is gone", topic_removed)                           \
  CLOUDFLOW_LOG_CASE(Fixture, name " reads earliest, latest or fails without a committed offset", missing_offset)      \
  CLOUDFLOW_LOG_CASE(Fixture, name " reads earliest, latest or fails at an expired offset", expired_offset)            \
  CLOUDFLOW_LOG_CASE(Fixture, name " seeks to an offset", seek_by_offset)                                              \
  CLOUDFLOW_LOG_CASE(Fixture, name " seeks to a time", seek_by_time)                                                   \
  CLOUDFLOW_LOG_CASE(Fixture, name " gives nothing of a paused partition", pause_and_resume)                           \
  CLOUDFLOW_LOG_CASE(Fixture, name " says when a partition was read to its end", end_and_lag)                          \
  CLOUDFLOW_LOG_CASE(Fixture, name " gives a reader of its own every partition", own_reader)                           \
  CLOUDFLOW_LOG_CASE(Fixture, name " gives a reader the partitions that it chose", chosen_partitions)                  \
  CLOUDFLOW_LOG_CASE(Fixture, name " shares partitions with who joins and takes back from who leaves", join_and_leave) \
  CLOUDFLOW_LOG_CASE(Fixture, name " gives partitions of a crashed member to the others", crash)                       \
  CLOUDFLOW_LOG_CASE(Fixture, name " moves a partition only when its owner released it", cooperative_rebalance)        \
  CLOUDFLOW_LOG_CASE(Fixture, name " moves the same partition of co-partitioned topics together", co_partitioned)      \
  CLOUDFLOW_LOG_CASE(Fixture, name " goes on after the committed offset", commit_next)                                 \
  CLOUDFLOW_LOG_CASE(Fixture, name " refuses a commit for a partition that moved", fenced_commit)                      \
  CLOUDFLOW_LOG_CASE(Fixture, name " lets groups read the same records apart", groups_apart)                           \
  CLOUDFLOW_LOG_CASE(Fixture, name " describes how far a group is", group_progress)

/// For logs that can close topics.
#define CLOUDFLOW_TOPIC_LOG_CLOSING_CONTRACT(Fixture, name)                                                            \
  CLOUDFLOW_LOG_CASE(Fixture, name " completes readers of a topic whose writers completed", closing)
