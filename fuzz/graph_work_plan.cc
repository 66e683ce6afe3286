// Parses any bytes as a part of a work plan, as its id, and as the arguments of occurrencesView: the result is a 400,
// or a value that the log reads back as it was.
#include <cstdint>
#include <cstdlib>

#include "graph/wire/work_plan_body.h"
#include "graph/wire/work_plan_json.h"
#include "log/work_plan_codec.h"

using namespace porchlight;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

template <typename T>
bool is_accepted(const graph::Result<T>& result) {
  require(result || result.error().status == 400);
  return result.has_value();
}

void require_readable(const presence::WorkPlan& plan) {
  std::string bytes;
  ByteWriter out(bytes);
  log::append_work_plan(out, plan);
  ByteReader in(bytes);
  require(log::read_work_plan(in) == plan && in.ok() && in.at_end());
}

void fuzz_part(JsonReader& reader, std::string_view text, bool is_recurrence) {
  const auto body = graph::JsonBody::parse(reader, text);
  if (!is_accepted(body)) return;
  const auto part = graph::parse_plan_part(*body, is_recurrence);
  if (!is_accepted(part)) return;
  presence::WorkPlan plan;
  if (is_recurrence) {
    auto recurrence = graph::to_recurrence(*part, guid_from_name("id"), {});
    if (!is_accepted(recurrence)) return;
    plan.recurrences.push_back(*std::move(recurrence));
  } else {
    auto occurrence = graph::to_occurrence(*part, guid_from_name("id"), {});
    if (!is_accepted(occurrence)) return;
    plan.occurrences.push_back(*std::move(occurrence));
  }
  require_readable(plan);
  const Time now{std::chrono::seconds(1'900'000'000)};
  const auto edge = presence::next_edge(plan, now);
  require(!edge || *edge > now);
  (void)presence::period_at(plan, now);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static JsonReader reader;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  fuzz_part(reader, text, true);
  fuzz_part(reader, text, false);
  if (const auto id = graph::parse_plan_part_id(text))
    require((id->day ? graph::plan_part_id(*id->day) : graph::plan_part_id(id->id)) == text);
  if (const auto arguments = graph::parse_view_arguments(text); is_accepted(arguments)) {
    const auto range = graph::to_view_range(*arguments);
    if (is_accepted(range))
      require(range->from < range->until && range->until - range->from <= graph::kPlanViewMax);
  }
  (void)is_accepted(graph::parse_plan_query(text, graph::kOfOccurrence, true));
  return 0;
}
