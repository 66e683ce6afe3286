#include "history/history.h"

#include <utility>

#include "history/archive.h"

namespace porchlight::history {
namespace {

using std::chrono::steady_clock;

// How often the logs are looked at: seldom enough that what is written under load is read in large pieces.
// Questions do not wait for it.
constexpr auto kLookEvery = std::chrono::milliseconds(500);

}  // namespace

History::History(std::filesystem::path dir, Duration retention, const Clock& clock, const state::View& view,
                 std::vector<log::ShardLog*> logs)
    : archive_(std::make_unique<Archive>(std::move(dir), retention, clock, view, std::move(logs))),
      thread_([this] { run(); }) {}

History::~History() {
  {
    const std::scoped_lock lock(mutex_);
    is_stopping_ = true;
  }
  asked_.notify_one();
  thread_.join();
  for (Question& question : questions_) question(nullptr, Refusal::kUnavailable);
}

void History::records_at(std::vector<state::UserKey> people, Time at, Answer<Records> answer) {
  ask([people = std::move(people), at, answer = std::move(answer)](Archive* archive, Refusal why) mutable {
    answer(archive ? archive->records_at(people, at) : std::unexpected(Fault{why}));
  });
}

void History::past(const state::UserKey& person, Time from, Time until, Answer<Past> answer) {
  ask([person, from, until, answer = std::move(answer)](Archive* archive, Refusal why) mutable {
    answer(archive ? archive->past(person, from, until, kChangesMax) : std::unexpected(Fault{why}));
  });
}

void History::changes_after(const Guid& tenant, std::uint64_t generation, std::uint64_t known,
                            Answer<Changes> answer) {
  ask([tenant, generation, known, answer = std::move(answer)](Archive* archive, Refusal why) mutable {
    answer(archive ? archive->changes_after(tenant, generation, known) : std::unexpected(Fault{why}));
  });
}

std::uint64_t History::indexed(std::uint32_t shard) const { return archive_->indexed(shard); }

void History::ask(Question question) {
  {
    const std::scoped_lock lock(mutex_);
    if (questions_.size() < kQuestionsMax) questions_.push_back(std::exchange(question, nullptr));
  }
  if (question) return question(nullptr, Refusal::kBusy);
  asked_.notify_one();
}

// False once the thread is to stop.
bool History::wait_for_question(steady_clock::time_point until, std::optional<Question>& question) {
  std::unique_lock lock(mutex_);
  asked_.wait_until(lock, until, [this] { return is_stopping_ || !questions_.empty(); });
  if (!questions_.empty() && !is_stopping_) {
    question = std::move(questions_.front());
    questions_.pop_front();
  }
  return !is_stopping_;
}

void History::run() {
  auto next_look = steady_clock::now();
  for (std::optional<Question> question; wait_for_question(next_look, question); question.reset()) {
    if (question) (*question)(archive_.get(), Refusal::kUnavailable);
    // While there is more to read, the next look is at once.
    if (steady_clock::now() >= next_look && !archive_->index_some())
      next_look = steady_clock::now() + kLookEvery;
  }
}

}  // namespace porchlight::history
