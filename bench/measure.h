// The measurements, each of which adds its figures to the report.
#pragma once

#include <filesystem>

#include "report.h"
#include "servers.h"

namespace porchlight::bench {

// Importing all people into a folder that has none.
void measure_import(const Setting& setting, const std::filesystem::path& data, Report& report);
// Memory a person, over a server of the folder `empty` that has none; and the time to the first answer after
// a clean stop and after kill -9.
void measure_starts(const Setting& setting, const std::filesystem::path& empty,
                    const std::filesystem::path& data, Requests& requests, Report& report);
// The same where as many subscriptions as people are in the folder, each of a person who is offline; and
// until these are taken up. None is left in the folder.
void measure_subscribed_starts(const Setting& setting, const std::filesystem::path& data,
                               const Requests& requests, Report& report);
// Reading one person's presence, beside the floor and nginx.
void measure_reads(const Setting& setting, const std::filesystem::path& data, Requests& requests,
                   Report& report);
// Reading 650 people in one request, beside the floor; and a $batch of 20 reads beside 20 pipelined ones.
void measure_bulk_reads(const Setting& setting, const std::filesystem::path& data, Requests& requests,
                        Report& report);
// Reading presence as of a time gone by, without HTTP.
void measure_history_reads(const Setting& setting, Report& report);
// Subscriptions to change notifications, without HTTP.
void measure_subscriptions(const Setting& setting, Report& report);
// Streams, at rest and told of changes, beside a loop that only pushes.
void measure_streams(const Setting& setting, const std::filesystem::path& data, Report& report);
// Tokens issued and verified, without HTTP, beside `openssl speed`.
void measure_tokens(const Setting& setting, Report& report);
// Change notifications to a receiver, beside a bare libcurl loop.
void measure_deliveries(const Setting& setting, Report& report);
// Setting presence, beside the storage engine alone.
void measure_writes(const Setting& setting, const std::filesystem::path& data, Requests& requests,
                    Report& report);

}  // namespace porchlight::bench
