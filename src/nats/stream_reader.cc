#include "nats/stream_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace porchlight::nats {
namespace {

// How long a request may take. At least a millisecond: what is asked at its deadline is asked once.
Duration reply_within(SteadyTime deadline) {
  return std::clamp(deadline - steady_now(), Duration(1), kReadReplyWithin);
}

}  // namespace

StreamReader::StreamReader(Engine& engine, TaskSequence sequence, std::string stream, std::string subject)
    : engine_(engine),
      sequence_(std::move(sequence)),
      stream_(std::move(stream)),
      subject_(std::move(subject)) {}

void StreamReader::last(SteadyTime deadline, FetchedCallback done) {
  begin(fmt::format(R"({{"last_by_subj":"{}"}})", subject_), true, deadline, std::move(done));
}

void StreamReader::get(std::uint64_t number, SteadyTime deadline, FetchedCallback done) {
  begin(fmt::format(R"({{"seq":{}}})", number), false, deadline, std::move(done));
}

void StreamReader::next(std::uint64_t from, SteadyTime deadline, FetchedCallback done) {
  begin(fmt::format(R"({{"seq":{},"next_by_subj":"{}"}})", from, subject_), false, deadline, std::move(done));
}

void StreamReader::last_number(SteadyTime deadline, NumberCallback done) {
  engine_.request(
      0, {.subject = "$JS.API.STREAM.INFO." + stream_, .bytes = {}}, reply_within(deadline),
      [sequence = sequence_, done = std::move(done)](std::expected<EngineReply, RequestFault> reply) mutable {
        sequence.post([reply = std::move(reply), done = std::move(done)]() mutable {
          if (!reply) return done(std::unexpected(std::string(text_of(reply.error()))));
          const auto number = parse_last_number(reply->bytes);
          if (!number) return done(std::unexpected(number.error().text));
          done(*number);
        });
      });
}

void StreamReader::begin(std::string body, bool is_for_leader, SteadyTime deadline, FetchedCallback done) {
  auto query = std::make_shared<StreamQuery>(
      StreamQuery{std::move(body), is_for_leader, deadline, std::move(done), is_for_leader});
  sequence_.post([this, query = std::move(query)]() mutable { ask(std::move(query)); });
}

void StreamReader::ask(std::shared_ptr<StreamQuery> query) {
  OutgoingMessage request{
      .subject = (query->asks_leader ? "$JS.API.STREAM.MSG.GET." : "$JS.API.DIRECT.GET.") + stream_,
      .bytes = query->body};
  const Duration within = reply_within(query->deadline);
  engine_.request(place_, std::move(request), within,
                  [this, sequence = sequence_,
                   query = std::move(query)](std::expected<EngineReply, RequestFault> reply) mutable {
                    sequence.post([this, query = std::move(query), reply = std::move(reply)]() mutable {
                      take(query, std::move(reply));
                    });
                  });
}

void StreamReader::take(const std::shared_ptr<StreamQuery>& query,
                        std::expected<EngineReply, RequestFault> reply) {
  if (!reply) {
    ++place_;
    query->asks_leader = query->is_for_leader || !query->asks_leader;
    return ask_again(query, std::string(text_of(reply.error())));
  }
  if (query->asks_leader) return take_leaders(query, *reply);
  take_copy(query, *std::move(reply));
}

void StreamReader::take_copy(const std::shared_ptr<StreamQuery>& query, EngineReply reply) {
  if (reply.status == 0 && reply.in_stream != 0)
    return query->done(StreamMessage{reply.in_stream, std::move(reply.bytes)});
  query->asks_leader = true;
  ask(query);
}

void StreamReader::take_leaders(const std::shared_ptr<StreamQuery>& query, const EngineReply& reply) {
  auto message = parse_message_reply(reply.bytes);
  if (message) return query->done(*std::move(message));
  if (message.error().code == kNoSuchMessage) return query->done(std::nullopt);
  query->asks_leader = query->is_for_leader;
  ask_again(query, std::move(message.error().text));
}

void StreamReader::ask_again(const std::shared_ptr<StreamQuery>& query, std::string why) {
  if (steady_now() + kReadAgainAfter >= query->deadline) return query->done(std::unexpected(std::move(why)));
  sequence_.after(kReadAgainAfter, [this, query] { ask(query); });
}

}  // namespace porchlight::nats
