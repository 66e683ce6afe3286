// Durable appends per second: RocksDB with one synced write per batch, and a plain file with one fdatasync per batch.
//
//     g++ -std=c++20 -O2 bench/storage.cc -lrocksdb -o storage && ./storage DIR
#include <fcntl.h>
#include <rocksdb/db.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string>

namespace {

constexpr double kSeconds = 1.0;
const std::string kValue(200, 'v');

// Records per second with `commit(first, count)`, which makes `count` records durable.
template <typename Commit>
double rate(int batch, Commit&& commit) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  long records = 0;
  double seconds = 0;
  for (; seconds < kSeconds; records += batch) {
    commit(records, batch);
    seconds = std::chrono::duration<double>(Clock::now() - start).count();
  }
  return records / seconds;
}

std::string key_of(long record) {
  std::string key = "L\0\0\0\1";
  key.resize(5);
  for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<char>(record >> shift));
  return key;
}

double rocks(const std::string& dir, int batch) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = 16 << 20;
  options.compression = rocksdb::kLZ4Compression;
  rocksdb::DB* db = nullptr;
  if (!rocksdb::DB::Open(options, dir + "/rocks", &db).ok()) return 0;
  rocksdb::WriteOptions durable;
  durable.sync = true;
  const double result = rate(batch, [&](long first, int count) {
    rocksdb::WriteBatch writes;
    for (int i = 0; i < count; ++i) writes.Put(key_of(first + i), kValue);
    db->Write(durable, &writes).PermitUncheckedError();
  });
  delete db;
  rocksdb::DestroyDB(dir + "/rocks", options).PermitUncheckedError();
  return result;
}

double plain(const std::string& dir, int batch) {
  const std::string name = dir + "/plain";
  const int fd = open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
  const double result = rate(batch, [&](long first, int count) {
    std::string bytes;
    for (int i = 0; i < count; ++i) bytes += key_of(first + i) + kValue;
    if (write(fd, bytes.data(), bytes.size()) < 0 || fdatasync(fd) != 0) std::abort();
  });
  close(fd);
  unlink(name.c_str());
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string dir = argc > 1 ? argv[1] : ".";
  for (int round = 0; round < 3; ++round) {
    for (const int batch : {1, 64, 1024}) {
      std::printf("batch %4d  rocksdb %9.0f/s  append+fdatasync %9.0f/s\n", batch, rocks(dir, batch),
                  plain(dir, batch));
    }
  }
}
