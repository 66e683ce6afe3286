// The measurements. Each adds its figures to the report.
#pragma once

#include <filesystem>

#include "report.h"
#include "servers.h"

namespace porchlight::bench {

// Imports all users into an empty folder.
void measure_import(const Setting& setting, const std::filesystem::path& data, Report& report);
// Memory per user, as the difference to a server of the folder `empty` without users; and the time to the first answer
// after a clean stop and after kill -9.
void measure_starts(const Setting& setting, const std::filesystem::path& empty,
                    const std::filesystem::path& data, Requests& requests, Report& report);
// The same with as many subscriptions as users, each for a user who is offline; and the time until they are loaded.
// Removes them afterwards.
void measure_subscribed_starts(const Setting& setting, const std::filesystem::path& data,
                               const Requests& requests, Report& report);
// Reads of one user's presence, compared with the floor and nginx.
void measure_reads(const Setting& setting, const std::filesystem::path& data, Requests& requests,
                   Report& report);
// Reads of 650 users in one request, compared with the floor; and a $batch of 20 reads, compared with 20 pipelined
// reads.
void measure_bulk_reads(const Setting& setting, const std::filesystem::path& data, Requests& requests,
                        Report& report);
// Reads of past presence, without HTTP.
void measure_history_reads(const Setting& setting, Report& report);
// Subscriptions to change notifications, without HTTP.
void measure_subscriptions(const Setting& setting, Report& report);
// Streams, idle and with changes, compared with a loop that only pushes.
void measure_streams(const Setting& setting, const std::filesystem::path& data, Report& report);
// Tokens issued and verified, without HTTP, compared with `openssl speed`.
void measure_tokens(const Setting& setting, Report& report);
// Change notifications to a receiver, compared with a bare libcurl loop.
void measure_deliveries(const Setting& setting, Report& report);
// Writes of presence, compared with the storage engine alone.
void measure_writes(const Setting& setting, const std::filesystem::path& data, Requests& requests,
                    Report& report);

}  // namespace porchlight::bench
