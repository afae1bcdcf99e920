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

void commit_shows_records(log_fixture& f);
void abort_hides_records(log_fixture& f);
void abort_at_the_end(log_fixture& f);
void abort_in_the_middle(log_fixture& f);
void open_transaction_holds(log_fixture& f);
void latest_is_stable(log_fixture& f);
void seek_into_aborted(log_fixture& f);
void offsets_of_groups(log_fixture& f);
void zombie_is_fenced(log_fixture& f);
void idle_zombie_is_fenced(log_fixture& f);
void crashed_producer(log_fixture& f);
void hanging_producer(log_fixture& f);
void lost_partition(log_fixture& f);
void regained_partition(log_fixture& f);
void rebalance_in_transaction(log_fixture& f);
void transactions_misused(log_fixture& f);
void compaction_of_transactions(log_fixture& f);
void closing_waits_for_transactions(log_fixture& f);

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
  CLOUDFLOW_LOG_CASE(Fixture, name " describes how far a group is", group_progress)                                    \
  CLOUDFLOW_LOG_CASE(Fixture, name " shows the records of a transaction when it commits, in all topics",               \
                     commit_shows_records)                                                                             \
  CLOUDFLOW_LOG_CASE(Fixture, name " never shows the records of an aborted transaction", abort_hides_records)          \
  CLOUDFLOW_LOG_CASE(Fixture, name " lets readers pass an aborted transaction at the end", abort_at_the_end)           \
  CLOUDFLOW_LOG_CASE(Fixture, name " aborts records and offsets together, in the middle", abort_in_the_middle)         \
  CLOUDFLOW_LOG_CASE(Fixture, name " holds what lies behind an open transaction until it ends",                        \
                     open_transaction_holds)                                                                           \
  CLOUDFLOW_LOG_CASE(Fixture, name " begins latest readers at the last stable offset", latest_is_stable)               \
  CLOUDFLOW_LOG_CASE(Fixture, name " gives nothing aborted after a seek", seek_into_aborted)                           \
  CLOUDFLOW_LOG_CASE(Fixture, name " commits offsets of several groups with the records", offsets_of_groups)           \
  CLOUDFLOW_LOG_CASE(Fixture, name " fences a zombie in mid transaction", zombie_is_fenced)                            \
  CLOUDFLOW_LOG_CASE(Fixture, name " fences a zombie that was idle", idle_zombie_is_fenced)                            \
  CLOUDFLOW_LOG_CASE(Fixture, name " ends the transaction of a producer that crashed", crashed_producer)               \
  CLOUDFLOW_LOG_CASE(Fixture, name " ends a transaction that takes too long and fences its producer",                  \
                     hanging_producer)                                                                                 \
  CLOUDFLOW_LOG_CASE(Fixture, name " refuses offsets of a member that lost its partition", lost_partition)             \
  CLOUDFLOW_LOG_CASE(Fixture, name " refuses offsets from before a partition went away and came back",                 \
                     regained_partition)                                                                               \
  CLOUDFLOW_LOG_CASE(Fixture, name " keeps exactly-once over a rebalance with an open transaction",                    \
                     rebalance_in_transaction)                                                                         \
  CLOUDFLOW_LOG_CASE(Fixture, name " refuses transactions out of order", transactions_misused)                         \
  CLOUDFLOW_LOG_CASE(Fixture, name " never compacts open or aborted records into view", compaction_of_transactions)

/// For logs that can close topics.
#define CLOUDFLOW_TOPIC_LOG_CLOSING_CONTRACT(Fixture, name)                                                            \
  CLOUDFLOW_LOG_CASE(Fixture, name " completes readers of a topic whose writers completed", closing)                   \
  CLOUDFLOW_LOG_CASE(Fixture, name " closes a topic only when its transactions have ended",                            \
                     closing_waits_for_transactions)
