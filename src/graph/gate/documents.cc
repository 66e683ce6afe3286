// Documents that describe the service, readable without a token: $metadata and the service document (spec protocol
// §9), the OpenAPI description of our own routes, and what clients need to verify our tokens.
#include "base/json_writer.h"
#include "graph/call/etag.h"
#include "graph/call/links.h"
#include "graph/call/operation.h"

namespace porchlight::graph {
namespace {

// CSDL 4.0 (OData Common Schema Definition Language). What presence is (spec presence §1), subscriptions
// (spec notifications §2), and of people and groups as much as is served; the actions are those of the route
// table. Types have their full names: a generator that does not know what an alias is leaves out the actions.
constexpr std::string_view kSchema = R"xml(<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
  <edmx:Reference Uri="https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Core.V1.xml">
    <edmx:Include Namespace="Org.OData.Core.V1" />
  </edmx:Reference>
  <edmx:DataServices>
    <Schema Namespace="microsoft.graph" Alias="graph" xmlns="http://docs.oasis-open.org/odata/ns/edm">
      <EnumType Name="bodyType">
        <Member Name="text" Value="0" />
        <Member Name="html" Value="1" />
      </EnumType>
      <EnumType Name="workLocationType">
        <Member Name="unspecified" Value="0" />
        <Member Name="office" Value="1" />
        <Member Name="remote" Value="2" />
        <Member Name="timeOff" Value="3" />
        <Member Name="unknownFutureValue" Value="4" />
      </EnumType>
      <EnumType Name="workLocationSource">
        <Member Name="none" Value="0" />
        <Member Name="manual" Value="1" />
        <Member Name="scheduled" Value="2" />
        <Member Name="automatic" Value="3" />
        <Member Name="unknownFutureValue" Value="4" />
      </EnumType>
      <EnumType Name="maxWorkLocationDetails">
        <Member Name="unknown" Value="0" />
        <Member Name="none" Value="1" />
        <Member Name="approximate" Value="2" />
        <Member Name="specific" Value="3" />
        <Member Name="unknownFutureValue" Value="4" />
      </EnumType>
      <EnumType Name="workLocationUpdateScope">
        <Member Name="currentSegment" Value="1" />
        <Member Name="currentDay" Value="2" />
        <Member Name="unknownFutureValue" Value="3" />
      </EnumType>
      <EnumType Name="dayOfWeek">
        <Member Name="sunday" Value="0" />
        <Member Name="monday" Value="1" />
        <Member Name="tuesday" Value="2" />
        <Member Name="wednesday" Value="3" />
        <Member Name="thursday" Value="4" />
        <Member Name="friday" Value="5" />
        <Member Name="saturday" Value="6" />
      </EnumType>
      <EnumType Name="recurrencePatternType">
        <Member Name="daily" Value="0" />
        <Member Name="weekly" Value="1" />
        <Member Name="absoluteMonthly" Value="2" />
        <Member Name="relativeMonthly" Value="3" />
        <Member Name="absoluteYearly" Value="4" />
        <Member Name="relativeYearly" Value="5" />
      </EnumType>
      <EnumType Name="recurrenceRangeType">
        <Member Name="endDate" Value="0" />
        <Member Name="noEnd" Value="1" />
        <Member Name="numbered" Value="2" />
      </EnumType>
      <EnumType Name="weekIndex">
        <Member Name="first" Value="0" />
        <Member Name="second" Value="1" />
        <Member Name="third" Value="2" />
        <Member Name="fourth" Value="3" />
        <Member Name="last" Value="4" />
      </EnumType>
      <ComplexType Name="itemBody">
        <Property Name="content" Type="Edm.String" />
        <Property Name="contentType" Type="microsoft.graph.bodyType" />
      </ComplexType>
      <ComplexType Name="dateTimeTimeZone">
        <Property Name="dateTime" Type="Edm.String" Nullable="false" />
        <Property Name="timeZone" Type="Edm.String" />
      </ComplexType>
      <ComplexType Name="presenceStatusMessage">
        <Property Name="expiryDateTime" Type="microsoft.graph.dateTimeTimeZone" />
        <Property Name="message" Type="microsoft.graph.itemBody" />
        <Property Name="publishedDateTime" Type="Edm.DateTimeOffset" />
      </ComplexType>
      <ComplexType Name="outOfOfficeSettings">
        <Property Name="isOutOfOffice" Type="Edm.Boolean" />
        <Property Name="message" Type="Edm.String" />
      </ComplexType>
      <ComplexType Name="userWorkLocation">
        <Property Name="placeId" Type="Edm.String" />
        <Property Name="source" Type="microsoft.graph.workLocationSource" Nullable="false" />
        <Property Name="workLocationType" Type="microsoft.graph.workLocationType" Nullable="false" />
      </ComplexType>
      <ComplexType Name="timeOffDetails">
        <Property Name="isAllDay" Type="Edm.Boolean" />
        <Property Name="subject" Type="Edm.String" />
      </ComplexType>
      <ComplexType Name="recurrencePattern">
        <Property Name="dayOfMonth" Type="Edm.Int32" />
        <Property Name="daysOfWeek" Type="Collection(microsoft.graph.dayOfWeek)" />
        <Property Name="firstDayOfWeek" Type="microsoft.graph.dayOfWeek" />
        <Property Name="index" Type="microsoft.graph.weekIndex" />
        <Property Name="interval" Type="Edm.Int32" />
        <Property Name="month" Type="Edm.Int32" />
        <Property Name="type" Type="microsoft.graph.recurrencePatternType" />
      </ComplexType>
      <ComplexType Name="recurrenceRange">
        <Property Name="endDate" Type="Edm.Date" />
        <Property Name="numberOfOccurrences" Type="Edm.Int32" />
        <Property Name="recurrenceTimeZone" Type="Edm.String" />
        <Property Name="startDate" Type="Edm.Date" />
        <Property Name="type" Type="microsoft.graph.recurrenceRangeType" />
      </ComplexType>
      <ComplexType Name="patternedRecurrence">
        <Property Name="pattern" Type="microsoft.graph.recurrencePattern" />
        <Property Name="range" Type="microsoft.graph.recurrenceRange" />
      </ComplexType>
      <EntityType Name="entity" Abstract="true">
        <Key>
          <PropertyRef Name="id" />
        </Key>
        <Property Name="id" Type="Edm.String" Nullable="false" />
      </EntityType>
      <EntityType Name="presence" BaseType="microsoft.graph.entity">
        <Property Name="activity" Type="Edm.String" />
        <Property Name="availability" Type="Edm.String" />
        <Property Name="outOfOfficeSettings" Type="microsoft.graph.outOfOfficeSettings" />
        <Property Name="sequenceNumber" Type="Edm.String">
          <Annotation Term="Org.OData.Core.V1.Computed" Bool="true" />
        </Property>
        <Property Name="statusMessage" Type="microsoft.graph.presenceStatusMessage" />
        <Property Name="workLocation" Type="microsoft.graph.userWorkLocation" />
      </EntityType>
      <EntityType Name="cloudCommunications" BaseType="microsoft.graph.entity">
        <NavigationProperty Name="presences" Type="Collection(microsoft.graph.presence)" ContainsTarget="true" />
      </EntityType>
      <EntityType Name="workPlanOccurrence" BaseType="microsoft.graph.entity">
        <Property Name="end" Type="microsoft.graph.dateTimeTimeZone" />
        <Property Name="placeId" Type="Edm.String" />
        <Property Name="recurrenceId" Type="Edm.String" />
        <Property Name="start" Type="microsoft.graph.dateTimeTimeZone" />
        <Property Name="timeOffDetails" Type="microsoft.graph.timeOffDetails" />
        <Property Name="workLocationType" Type="microsoft.graph.workLocationType" />
      </EntityType>
      <EntityType Name="workPlanRecurrence" BaseType="microsoft.graph.entity">
        <Property Name="end" Type="microsoft.graph.dateTimeTimeZone" />
        <Property Name="placeId" Type="Edm.String" />
        <Property Name="recurrence" Type="microsoft.graph.patternedRecurrence" />
        <Property Name="start" Type="microsoft.graph.dateTimeTimeZone" />
        <Property Name="workLocationType" Type="microsoft.graph.workLocationType" />
      </EntityType>
      <EntityType Name="workHoursAndLocationsSetting" BaseType="microsoft.graph.entity">
        <Property Name="maxSharedWorkLocationDetails" Type="microsoft.graph.maxWorkLocationDetails" />
        <NavigationProperty Name="occurrences" Type="Collection(microsoft.graph.workPlanOccurrence)" ContainsTarget="true" />
        <NavigationProperty Name="recurrences" Type="Collection(microsoft.graph.workPlanRecurrence)" ContainsTarget="true" />
      </EntityType>
      <EntityType Name="userSettings" BaseType="microsoft.graph.entity">
        <NavigationProperty Name="workHoursAndLocations" Type="microsoft.graph.workHoursAndLocationsSetting" ContainsTarget="true" />
      </EntityType>
      <EntityType Name="user" BaseType="microsoft.graph.entity">
        <Property Name="accountEnabled" Type="Edm.Boolean" />
        <Property Name="businessPhones" Type="Collection(Edm.String)" Nullable="false" />
        <Property Name="city" Type="Edm.String" />
        <Property Name="companyName" Type="Edm.String" />
        <Property Name="country" Type="Edm.String" />
        <Property Name="department" Type="Edm.String" />
        <Property Name="displayName" Type="Edm.String" />
        <Property Name="employeeId" Type="Edm.String" />
        <Property Name="givenName" Type="Edm.String" />
        <Property Name="jobTitle" Type="Edm.String" />
        <Property Name="mail" Type="Edm.String" />
        <Property Name="mailNickname" Type="Edm.String" />
        <Property Name="mobilePhone" Type="Edm.String" />
        <Property Name="officeLocation" Type="Edm.String" />
        <Property Name="preferredLanguage" Type="Edm.String" />
        <Property Name="surname" Type="Edm.String" />
        <Property Name="usageLocation" Type="Edm.String" />
        <Property Name="userPrincipalName" Type="Edm.String" />
        <Property Name="userType" Type="Edm.String" />
        <NavigationProperty Name="presence" Type="microsoft.graph.presence" ContainsTarget="true" />
        <NavigationProperty Name="settings" Type="microsoft.graph.userSettings" ContainsTarget="true" />
      </EntityType>
      <EntityType Name="group" BaseType="microsoft.graph.entity">
        <Property Name="description" Type="Edm.String" />
        <Property Name="displayName" Type="Edm.String" />
        <Property Name="groupTypes" Type="Collection(Edm.String)" Nullable="false" />
        <Property Name="mail" Type="Edm.String" />
        <Property Name="mailEnabled" Type="Edm.Boolean" />
        <Property Name="mailNickname" Type="Edm.String" />
        <Property Name="securityEnabled" Type="Edm.Boolean" />
        <Property Name="visibility" Type="Edm.String" />
        <NavigationProperty Name="members" Type="Collection(microsoft.graph.user)" />
      </EntityType>
      <EntityType Name="subscription" BaseType="microsoft.graph.entity">
        <Property Name="applicationId" Type="Edm.String" />
        <Property Name="changeType" Type="Edm.String" Nullable="false" />
        <Property Name="clientState" Type="Edm.String" />
        <Property Name="creatorId" Type="Edm.String" />
        <Property Name="encryptionCertificate" Type="Edm.String" />
        <Property Name="encryptionCertificateId" Type="Edm.String" />
        <Property Name="expirationDateTime" Type="Edm.DateTimeOffset" Nullable="false" />
        <Property Name="includeResourceData" Type="Edm.Boolean" />
        <Property Name="latestSupportedTlsVersion" Type="Edm.String" />
        <Property Name="lifecycleNotificationUrl" Type="Edm.String" />
        <Property Name="notificationContentType" Type="Edm.String" />
        <Property Name="notificationQueryOptions" Type="Edm.String" />
        <Property Name="notificationUrl" Type="Edm.String" Nullable="false" />
        <Property Name="notificationUrlAppId" Type="Edm.String" />
        <Property Name="resource" Type="Edm.String" Nullable="false" />
      </EntityType>
      <Action Name="setPresence" IsBound="true">
        <Parameter Name="bindingParameter" Type="microsoft.graph.presence" />
        <Parameter Name="sessionId" Type="Edm.String" />
        <Parameter Name="availability" Type="Edm.String" Nullable="false" />
        <Parameter Name="activity" Type="Edm.String" Nullable="false" />
        <Parameter Name="expirationDuration" Type="Edm.Duration" />
      </Action>
      <Action Name="clearPresence" IsBound="true">
        <Parameter Name="bindingParameter" Type="microsoft.graph.presence" />
        <Parameter Name="sessionId" Type="Edm.String" />
      </Action>
      <Action Name="setUserPreferredPresence" IsBound="true">
        <Parameter Name="bindingParameter" Type="microsoft.graph.presence" />
        <Parameter Name="availability" Type="Edm.String" Nullable="false" />
        <Parameter Name="activity" Type="Edm.String" Nullable="false" />
        <Parameter Name="expirationDuration" Type="Edm.Duration" />
      </Action>
      <Action Name="clearUserPreferredPresence" IsBound="true">
        <Parameter Name="bindingParameter" Type="microsoft.graph.presence" />
      </Action>
      <Action Name="setStatusMessage" IsBound="true">
        <Parameter Name="bindingParameter" Type="microsoft.graph.presence" />
        <Parameter Name="statusMessage" Type="microsoft.graph.presenceStatusMessage" />
      </Action>
      <Action Name="setManualLocation" IsBound="true">
        <Parameter Name="bindingParameter" Type="microsoft.graph.presence" />
        <Parameter Name="workLocationType" Type="microsoft.graph.workLocationType" Nullable="false" />
        <Parameter Name="placeId" Type="Edm.String" />
      </Action>
      <Action Name="setAutomaticLocation" IsBound="true">
        <Parameter Name="bindingParameter" Type="microsoft.graph.presence" />
        <Parameter Name="workLocationType" Type="microsoft.graph.workLocationType" Nullable="false" />
        <Parameter Name="placeId" Type="Edm.String" />
      </Action>
      <Action Name="clearAutomaticLocation" IsBound="true">
        <Parameter Name="bindingParameter" Type="microsoft.graph.presence" />
      </Action>
      <Action Name="clearLocation" IsBound="true">
        <Parameter Name="bindingParameter" Type="microsoft.graph.presence" />
      </Action>
      <Action Name="getPresencesByUserId" IsBound="true">
        <Parameter Name="bindingParameter" Type="microsoft.graph.cloudCommunications" />
        <Parameter Name="ids" Type="Collection(Edm.String)" Nullable="false" />
        <ReturnType Type="Collection(microsoft.graph.presence)" />
      </Action>
      <Action Name="setCurrentLocation" IsBound="true">
        <Parameter Name="bindingParameter" Type="Collection(microsoft.graph.workPlanOccurrence)" />
        <Parameter Name="updateScope" Type="microsoft.graph.workLocationUpdateScope" Nullable="false" />
        <Parameter Name="workLocationType" Type="microsoft.graph.workLocationType" Nullable="false" />
        <Parameter Name="placeId" Type="Edm.String" />
      </Action>
      <Action Name="reauthorize" IsBound="true">
        <Parameter Name="bindingParameter" Type="microsoft.graph.subscription" />
      </Action>
      <Function Name="delta" IsBound="true">
        <Parameter Name="bindingParameter" Type="Collection(microsoft.graph.presence)" />
        <ReturnType Type="Collection(microsoft.graph.presence)" />
      </Function>
      <Function Name="occurrencesView" IsBound="true">
        <Parameter Name="bindingParameter" Type="microsoft.graph.workHoursAndLocationsSetting" />
        <Parameter Name="startDateTime" Type="Edm.String" Nullable="false" />
        <Parameter Name="endDateTime" Type="Edm.String" Nullable="false" />
        <ReturnType Type="Collection(microsoft.graph.workPlanOccurrence)" />
      </Function>
      <EntityContainer Name="GraphService">
        <EntitySet Name="groups" EntityType="microsoft.graph.group">
          <NavigationPropertyBinding Path="members" Target="users" />
        </EntitySet>
        <EntitySet Name="subscriptions" EntityType="microsoft.graph.subscription" />
        <EntitySet Name="users" EntityType="microsoft.graph.user" />
        <Singleton Name="communications" Type="microsoft.graph.cloudCommunications" />
        <Singleton Name="me" Type="microsoft.graph.user" />
      </EntityContainer>
    </Schema>
  </edmx:DataServices>
</edmx:Edmx>
)xml";

// Only what a GET of its own resolves: communications has none.
constexpr std::string_view kContents = R"("value":[{"name":"users","kind":"EntitySet","url":"users"},)"
                                       R"({"name":"groups","kind":"EntitySet","url":"groups"},)"
                                       R"({"name":"subscriptions","kind":"EntitySet","url":"subscriptions"},)"
                                       R"({"name":"me","kind":"Singleton","url":"me"}]})";

// The OpenAPI description of the routes that Graph does not have, written by hand.
constexpr std::string_view kOpenApi =
#include "texts/openapi.json"
    ;

Result<Handled> run_get_metadata(HandlerContext& context, const Call& call) {
  context.response_writer.with_content_type(call.response, call.info, "application/xml");
  call.response.body = kSchema;
  return Handled::kNow;
}

Result<Handled> run_get_service_document(HandlerContext& context, const Call& call) {
  std::string& out = call.response.body;
  out += '{';
  if (call.info.metadata != MetadataLevel::kNone) {
    out += R"("@odata.context":")";
    append_service_root(context, call, out);
    out += R"(/$metadata",)";
  }
  out += kContents;
  context.response_writer.json(call.response, call.info);
  return Handled::kNow;
}

Result<Handled> run_get_openapi(HandlerContext& context, const Call& call) {
  call.response.body = kOpenApi;
  reply_with_etag(context, call);
  return Handled::kNow;
}

// OpenID Connect Discovery 1.0 §4.
Result<Handled> run_get_discovery(HandlerContext& context, const Call& call) {
  context.response_writer.json(call.response, call.info);
  std::string keys;
  context.response_writer.base_url(call.request).append_to(keys);
  keys += "/discovery/v2.0/keys";
  JsonObject(call.response.body)
      .text("issuer", context.services.issuer)
      .text("jwks_uri", keys)
      .texts("id_token_signing_alg_values_supported",
             identity::algorithms_of(context.services.published_keys(call.info.now)))
      .json("subject_types_supported", R"(["pairwise"])");
  return Handled::kNow;
}

// Our public keys (RFC 7517).
Result<Handled> run_get_keys(HandlerContext& context, const Call& call) {
  context.response_writer.json(call.response, call.info);
  call.response.body = identity::print_jwks(context.services.published_keys(call.info.now));
  return Handled::kNow;
}

}  // namespace

constinit const RouteOperation get_metadata = public_operation<parse_no_options, run_get_metadata>();
constinit const RouteOperation get_service_document =
    public_operation<parse_no_options, run_get_service_document>();
constinit const RouteOperation get_openapi = public_operation<parse_no_options, run_get_openapi>();
constinit const RouteOperation get_discovery = public_operation<parse_nothing, run_get_discovery>();
constinit const RouteOperation get_keys = public_operation<parse_nothing, run_get_keys>();

}  // namespace porchlight::graph
