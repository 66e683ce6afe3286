// The types, actions and functions that the API serves: what presence is (spec presence §1), subscriptions
// (spec notifications §2), and of people and groups as much as is served; the actions are those of the route table.
#include "graph/gate/csdl.h"

#include <algorithm>

namespace porchlight::graph {
namespace {

using enum CsdlProperty::Kind;

constexpr std::string_view kBodyTypeMembers[] = {"text", "html"};
constexpr std::string_view kWorkLocationTypeMembers[] = {"unspecified", "office", "remote", "timeOff",
                                                         "unknownFutureValue"};
constexpr std::string_view kWorkLocationSourceMembers[] = {"none", "manual", "scheduled", "automatic",
                                                           "unknownFutureValue"};
constexpr std::string_view kMaxWorkLocationDetailsMembers[] = {"unknown", "none", "approximate", "specific",
                                                               "unknownFutureValue"};
constexpr std::string_view kWorkLocationUpdateScopeMembers[] = {"currentSegment", "currentDay",
                                                                "unknownFutureValue"};
constexpr std::string_view kDayOfWeekMembers[] = {"sunday",   "monday", "tuesday", "wednesday",
                                                  "thursday", "friday", "saturday"};
constexpr std::string_view kRecurrencePatternTypeMembers[] = {
    "daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly"};
constexpr std::string_view kRecurrenceRangeTypeMembers[] = {"endDate", "noEnd", "numbered"};
constexpr std::string_view kWeekIndexMembers[] = {"first", "second", "third", "fourth", "last"};
constexpr CsdlProperty kItemBodyProperties[] = {{"content", "Edm.String"},
                                                {"contentType", "microsoft.graph.bodyType"}};
constexpr CsdlProperty kDateTimeTimeZoneProperties[] = {{"dateTime", "Edm.String", kRequired},
                                                        {"timeZone", "Edm.String"}};
constexpr CsdlProperty kPresenceStatusMessageProperties[] = {
    {"expiryDateTime", "microsoft.graph.dateTimeTimeZone"},
    {"message", "microsoft.graph.itemBody"},
    {"publishedDateTime", "Edm.DateTimeOffset"}};
constexpr CsdlProperty kOutOfOfficeSettingsProperties[] = {{"isOutOfOffice", "Edm.Boolean"},
                                                           {"message", "Edm.String"}};
constexpr CsdlProperty kUserWorkLocationProperties[] = {
    {"placeId", "Edm.String"},
    {"source", "microsoft.graph.workLocationSource", kRequired},
    {"workLocationType", "microsoft.graph.workLocationType", kRequired}};
constexpr CsdlProperty kTimeOffDetailsProperties[] = {{"isAllDay", "Edm.Boolean"}, {"subject", "Edm.String"}};
constexpr CsdlProperty kRecurrencePatternProperties[] = {
    {"dayOfMonth", "Edm.Int32"},
    {"daysOfWeek", "Collection(microsoft.graph.dayOfWeek)"},
    {"firstDayOfWeek", "microsoft.graph.dayOfWeek"},
    {"index", "microsoft.graph.weekIndex"},
    {"interval", "Edm.Int32"},
    {"month", "Edm.Int32"},
    {"type", "microsoft.graph.recurrencePatternType"}};
constexpr CsdlProperty kRecurrenceRangeProperties[] = {{"endDate", "Edm.Date"},
                                                       {"numberOfOccurrences", "Edm.Int32"},
                                                       {"recurrenceTimeZone", "Edm.String"},
                                                       {"startDate", "Edm.Date"},
                                                       {"type", "microsoft.graph.recurrenceRangeType"}};
constexpr CsdlProperty kPatternedRecurrenceProperties[] = {{"pattern", "microsoft.graph.recurrencePattern"},
                                                           {"range", "microsoft.graph.recurrenceRange"}};
constexpr CsdlProperty kEntityProperties[] = {{"id", "Edm.String", kRequired}};
constexpr CsdlProperty kPresenceProperties[] = {
    {"activity", "Edm.String"},
    {"availability", "Edm.String"},
    {"outOfOfficeSettings", "microsoft.graph.outOfOfficeSettings"},
    {"sequenceNumber", "Edm.String", kComputed},
    {"statusMessage", "microsoft.graph.presenceStatusMessage"},
    {"workLocation", "microsoft.graph.userWorkLocation"}};
constexpr CsdlProperty kCloudCommunicationsProperties[] = {
    {"presences", "Collection(microsoft.graph.presence)", kContained}};
constexpr CsdlProperty kWorkPlanOccurrenceProperties[] = {
    {"end", "microsoft.graph.dateTimeTimeZone"},
    {"placeId", "Edm.String"},
    {"recurrenceId", "Edm.String"},
    {"start", "microsoft.graph.dateTimeTimeZone"},
    {"timeOffDetails", "microsoft.graph.timeOffDetails"},
    {"workLocationType", "microsoft.graph.workLocationType"}};
constexpr CsdlProperty kWorkPlanRecurrenceProperties[] = {
    {"end", "microsoft.graph.dateTimeTimeZone"},
    {"placeId", "Edm.String"},
    {"recurrence", "microsoft.graph.patternedRecurrence"},
    {"start", "microsoft.graph.dateTimeTimeZone"},
    {"workLocationType", "microsoft.graph.workLocationType"}};
constexpr CsdlProperty kWorkHoursAndLocationsSettingProperties[] = {
    {"maxSharedWorkLocationDetails", "microsoft.graph.maxWorkLocationDetails"},
    {"occurrences", "Collection(microsoft.graph.workPlanOccurrence)", kContained},
    {"recurrences", "Collection(microsoft.graph.workPlanRecurrence)", kContained}};
constexpr CsdlProperty kUserSettingsProperties[] = {
    {"workHoursAndLocations", "microsoft.graph.workHoursAndLocationsSetting", kContained}};
constexpr CsdlProperty kUserProperties[] = {{"accountEnabled", "Edm.Boolean"},
                                            {"businessPhones", "Collection(Edm.String)", kRequired},
                                            {"city", "Edm.String"},
                                            {"companyName", "Edm.String"},
                                            {"country", "Edm.String"},
                                            {"department", "Edm.String"},
                                            {"displayName", "Edm.String"},
                                            {"employeeId", "Edm.String"},
                                            {"givenName", "Edm.String"},
                                            {"jobTitle", "Edm.String"},
                                            {"mail", "Edm.String"},
                                            {"mailNickname", "Edm.String"},
                                            {"mobilePhone", "Edm.String"},
                                            {"officeLocation", "Edm.String"},
                                            {"preferredLanguage", "Edm.String"},
                                            {"surname", "Edm.String"},
                                            {"usageLocation", "Edm.String"},
                                            {"userPrincipalName", "Edm.String"},
                                            {"userType", "Edm.String"},
                                            {"presence", "microsoft.graph.presence", kContained},
                                            {"settings", "microsoft.graph.userSettings", kContained}};
constexpr CsdlProperty kGroupProperties[] = {{"description", "Edm.String"},
                                             {"displayName", "Edm.String"},
                                             {"groupTypes", "Collection(Edm.String)", kRequired},
                                             {"mail", "Edm.String"},
                                             {"mailEnabled", "Edm.Boolean"},
                                             {"mailNickname", "Edm.String"},
                                             {"securityEnabled", "Edm.Boolean"},
                                             {"visibility", "Edm.String"},
                                             {"members", "Collection(microsoft.graph.user)", kRelated}};
constexpr CsdlProperty kSubscriptionProperties[] = {{"applicationId", "Edm.String"},
                                                    {"changeType", "Edm.String", kRequired},
                                                    {"clientState", "Edm.String"},
                                                    {"creatorId", "Edm.String"},
                                                    {"encryptionCertificate", "Edm.String"},
                                                    {"encryptionCertificateId", "Edm.String"},
                                                    {"expirationDateTime", "Edm.DateTimeOffset", kRequired},
                                                    {"includeResourceData", "Edm.Boolean"},
                                                    {"latestSupportedTlsVersion", "Edm.String"},
                                                    {"lifecycleNotificationUrl", "Edm.String"},
                                                    {"notificationContentType", "Edm.String"},
                                                    {"notificationQueryOptions", "Edm.String"},
                                                    {"notificationUrl", "Edm.String", kRequired},
                                                    {"notificationUrlAppId", "Edm.String"},
                                                    {"resource", "Edm.String", kRequired}};
constexpr CsdlProperty kSetPresenceParameters[] = {{"sessionId", "Edm.String"},
                                                   {"availability", "Edm.String", kRequired},
                                                   {"activity", "Edm.String", kRequired},
                                                   {"expirationDuration", "Edm.Duration"}};
constexpr CsdlProperty kClearPresenceParameters[] = {{"sessionId", "Edm.String"}};
constexpr CsdlProperty kSetUserPreferredPresenceParameters[] = {{"availability", "Edm.String", kRequired},
                                                                {"activity", "Edm.String", kRequired},
                                                                {"expirationDuration", "Edm.Duration"}};
constexpr CsdlProperty kSetStatusMessageParameters[] = {
    {"statusMessage", "microsoft.graph.presenceStatusMessage"}};
constexpr CsdlProperty kSetManualLocationParameters[] = {
    {"workLocationType", "microsoft.graph.workLocationType", kRequired}, {"placeId", "Edm.String"}};
constexpr CsdlProperty kSetAutomaticLocationParameters[] = {
    {"workLocationType", "microsoft.graph.workLocationType", kRequired}, {"placeId", "Edm.String"}};
constexpr CsdlProperty kGetPresencesByUserIdParameters[] = {{"ids", "Collection(Edm.String)", kRequired}};
constexpr CsdlProperty kSetCurrentLocationParameters[] = {
    {"updateScope", "microsoft.graph.workLocationUpdateScope", kRequired},
    {"workLocationType", "microsoft.graph.workLocationType", kRequired},
    {"placeId", "Edm.String"}};
constexpr CsdlProperty kOccurrencesViewParameters[] = {{"startDateTime", "Edm.String", kRequired},
                                                       {"endDateTime", "Edm.String", kRequired}};

constexpr CsdlEnum kCsdlEnums[] = {
    {"bodyType", kBodyTypeMembers},
    {"workLocationType", kWorkLocationTypeMembers},
    {"workLocationSource", kWorkLocationSourceMembers},
    {"maxWorkLocationDetails", kMaxWorkLocationDetailsMembers},
    {"workLocationUpdateScope", kWorkLocationUpdateScopeMembers, 1},
    {"dayOfWeek", kDayOfWeekMembers},
    {"recurrencePatternType", kRecurrencePatternTypeMembers},
    {"recurrenceRangeType", kRecurrenceRangeTypeMembers},
    {"weekIndex", kWeekIndexMembers},
};

constexpr CsdlType kCsdlTypes[] = {
    {"itemBody", CsdlType::Kind::kComplex, kItemBodyProperties},
    {"dateTimeTimeZone", CsdlType::Kind::kComplex, kDateTimeTimeZoneProperties},
    {"presenceStatusMessage", CsdlType::Kind::kComplex, kPresenceStatusMessageProperties},
    {"outOfOfficeSettings", CsdlType::Kind::kComplex, kOutOfOfficeSettingsProperties},
    {"userWorkLocation", CsdlType::Kind::kComplex, kUserWorkLocationProperties},
    {"timeOffDetails", CsdlType::Kind::kComplex, kTimeOffDetailsProperties},
    {"recurrencePattern", CsdlType::Kind::kComplex, kRecurrencePatternProperties},
    {"recurrenceRange", CsdlType::Kind::kComplex, kRecurrenceRangeProperties},
    {"patternedRecurrence", CsdlType::Kind::kComplex, kPatternedRecurrenceProperties},
    {"entity", CsdlType::Kind::kRoot, kEntityProperties},
    {"presence", CsdlType::Kind::kEntity, kPresenceProperties},
    {"cloudCommunications", CsdlType::Kind::kEntity, kCloudCommunicationsProperties},
    {"workPlanOccurrence", CsdlType::Kind::kEntity, kWorkPlanOccurrenceProperties},
    {"workPlanRecurrence", CsdlType::Kind::kEntity, kWorkPlanRecurrenceProperties},
    {"workHoursAndLocationsSetting", CsdlType::Kind::kEntity, kWorkHoursAndLocationsSettingProperties},
    {"userSettings", CsdlType::Kind::kEntity, kUserSettingsProperties},
    {"user", CsdlType::Kind::kEntity, kUserProperties},
    {"group", CsdlType::Kind::kEntity, kGroupProperties},
    {"subscription", CsdlType::Kind::kEntity, kSubscriptionProperties},
};

constexpr CsdlOperation kCsdlOperations[] = {
    {"setPresence", "microsoft.graph.presence", kSetPresenceParameters},
    {"clearPresence", "microsoft.graph.presence", kClearPresenceParameters},
    {"setUserPreferredPresence", "microsoft.graph.presence", kSetUserPreferredPresenceParameters},
    {"clearUserPreferredPresence", "microsoft.graph.presence"},
    {"setStatusMessage", "microsoft.graph.presence", kSetStatusMessageParameters},
    {"setManualLocation", "microsoft.graph.presence", kSetManualLocationParameters},
    {"setAutomaticLocation", "microsoft.graph.presence", kSetAutomaticLocationParameters},
    {"clearAutomaticLocation", "microsoft.graph.presence"},
    {"clearLocation", "microsoft.graph.presence"},
    {"getPresencesByUserId", "microsoft.graph.cloudCommunications", kGetPresencesByUserIdParameters,
     "Collection(microsoft.graph.presence)"},
    {"setCurrentLocation", "Collection(microsoft.graph.workPlanOccurrence)", kSetCurrentLocationParameters},
    {"reauthorize", "microsoft.graph.subscription"},
    {"delta", "Collection(microsoft.graph.presence)", {}, "Collection(microsoft.graph.presence)", true},
    {"occurrencesView", "microsoft.graph.workHoursAndLocationsSetting", kOccurrencesViewParameters,
     "Collection(microsoft.graph.workPlanOccurrence)", true},
};

constexpr CsdlResource kCsdlResources[] = {
    {"groups", "microsoft.graph.group", CsdlResource::Kind::kSet},
    {"subscriptions", "microsoft.graph.subscription", CsdlResource::Kind::kSet},
    {"users", "microsoft.graph.user", CsdlResource::Kind::kSet},
    {"communications", "microsoft.graph.cloudCommunications", CsdlResource::Kind::kSingleton},
    {"me", "microsoft.graph.user", CsdlResource::Kind::kSingleton},
};

}  // namespace

const CsdlModel& csdl_model() {
  static constexpr CsdlModel kModel = {kCsdlEnums, kCsdlTypes, kCsdlOperations, kCsdlResources};
  return kModel;
}

const CsdlType* find_type(const CsdlModel& model, std::string_view reference) {
  const std::size_t dot = reference.rfind('.');
  if (dot == reference.npos || reference.substr(0, dot) != kCsdlNamespace) return nullptr;
  const auto found = std::ranges::find(model.types, reference.substr(dot + 1), &CsdlType::name);
  return found == model.types.end() ? nullptr : &*found;
}

}  // namespace porchlight::graph
