// Authorization codes, device codes, refresh tokens, sessions, CSRF tokens and the lock-out. Time is an argument.
#include <gtest/gtest.h>

#include <algorithm>

#include "authority/authorization_codes.h"
#include "authority/certificates.h"
#include "authority/device_codes.h"
#include "authority/lockout.h"
#include "authority/refresh.h"
#include "authority/sessions.h"
#include "base/base64url.h"
#include "directory/directory.h"
#include "support/memory_kv_store.h"

namespace porchlight::authority {
namespace {

using testing::at;

const Guid kGrantTenant = guid_from_name("tenant"), kGrantApp = guid_from_name("app"),
           kOther = guid_from_name("other"), kGrantedUser = guid_from_name("ana");
const std::string kVerifier(43, 'v');
const std::string kChallenge = encode_base64url(sha256(kVerifier));
constexpr std::string_view kUri = "https://app.contoso.com/a";

CodeGrant code_grant() {
  return {.tenant = kGrantTenant,
          .client = kGrantApp,
          .user = kGrantedUser,
          .redirect_uri = std::string(kUri),
          .challenge = kChallenge,
          .scope = "Presence.Read",
          .nonce = "n",
          .begun = at(0),
          .family = {}};
}

class CodesTest : public ::testing::Test {
 protected:
  std::string issue() { return codes.issue(code_grant(), at(0)); }
  CodeClaim claim(std::string_view code) { return {code, kUri, kVerifier, kGrantApp}; }
  OAuthFault fault(const CodeClaim& given, Time now) { return codes.redeem(given, now).grant.error().fault; }
  AuthorizationCodes codes;
};

TEST_F(CodesTest, CanBeRedeemedOnce) {
  const std::string code = issue();
  const auto redeemed = codes.redeem(claim(code), at(599));
  ASSERT_TRUE(redeemed.grant.has_value());
  EXPECT_EQ(redeemed.grant->user, kGrantedUser);
  EXPECT_FALSE(redeemed.grant->family.is_nil());
  EXPECT_EQ(redeemed.replayed, std::nullopt);
  const auto again = codes.redeem(claim(code), at(599));
  EXPECT_EQ(again.grant.error().fault, OAuthFault::kCodeUsed);
  EXPECT_EQ(again.replayed, redeemed.grant->family);
}

TEST_F(CodesTest, Expire) {
  const std::string code = issue();
  EXPECT_EQ(fault(claim(code), at(600)), OAuthFault::kCodeExpired);
  EXPECT_EQ(fault(claim("never given"), at(0)), OAuthFault::kCodeExpired);
  EXPECT_EQ(fault(claim(""), at(0)), OAuthFault::kCodeExpired);
}

// A verifier for a code without a challenge means that the challenge was removed on its way.
TEST_F(CodesTest, WithoutAChallengeTakeNoVerifier) {
  CodeGrant grant = code_grant();
  grant.challenge.clear();
  const auto redeem = [&](std::string_view verifier) {
    const std::string code = codes.issue(grant, at(0));
    CodeClaim given = claim(code);
    given.verifier = verifier;
    return codes.redeem(given, at(1)).grant;
  };
  EXPECT_TRUE(redeem("").has_value());
  EXPECT_EQ(redeem(kVerifier).error().fault, OAuthFault::kVerifier);
}

TEST_F(CodesTest, AreBoundToClientRedirectUriAndVerifier) {
  const auto with = [&](auto edit) {
    const std::string code = issue();
    CodeClaim given = claim(code);
    edit(given);
    const OAuthFault first = fault(given, at(1));
    return std::pair(first, codes.redeem(claim(code), at(1)).grant.has_value());
  };
  const std::string longest(128, 'v'), wrong(43, 'w'), bad = std::string(42, 'v') + '+', too_long(129, 'v');
  // An attempt by another client leaves the code valid. A mistake of its own client uses it up.
  EXPECT_EQ(with([](CodeClaim& c) { c.client = kOther; }), std::pair(OAuthFault::kGrantOfOther, true));
  EXPECT_EQ(with([](CodeClaim& c) { c.redirect_uri = "https://app.contoso.com/b"; }),
            std::pair(OAuthFault::kCodeRedirect, false));
  EXPECT_EQ(with([](CodeClaim& c) { c.redirect_uri = ""; }), std::pair(OAuthFault::kCodeRedirect, false));
  for (const std::string_view verifier :
       {std::string_view(), std::string_view(wrong), std::string_view(kVerifier).substr(1),
        std::string_view(bad), std::string_view(too_long), std::string_view(longest),
        std::string_view(kChallenge)})
    EXPECT_EQ(with([&](CodeClaim& c) { c.verifier = verifier; }), std::pair(OAuthFault::kVerifier, false))
        << verifier;
}

TEST(Pkce, MatchesTheExampleOfTheRfc) {  // RFC 7636, appendix B
  EXPECT_TRUE(verifier_matches("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
                               "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
  const std::string longest(128, '~');
  EXPECT_TRUE(verifier_matches(encode_base64url(sha256(longest)), longest));
  EXPECT_FALSE(verifier_matches(encode_base64url(sha256(longest + '~')), longest + '~'));
}

// Who loses an entry of a map for four, when one is added: tenants A and B, owners x and y with two entries each.
TEST(ExpiringMap, IsShared) {
  struct Row {
    std::string_view name;
    std::string_view added;  // for each entry tenant and owner; `-`: no owner
    std::string_view left;   // the indexes of those that are left
  };
  const Row rows[] = {
      {"within its share", "AxAx", "01"},
      {"one past its share", "AxAxAx", "12"},
      {"another owner keeps its own", "AyAxAxAx", "023"},
      {"the owner's, though another tenant has more", "AxBxByByBx", "1234"},
      {"full", "A-A-B-B-", "0123"},
      {"full, of the tenant that has most", "B-A-A-A-B-", "0234"},
      {"full, of the tenant that adds", "B-A-A-A-A-", "0234"},
  };
  for (const Row& row : rows) {
    ExpiringMap<int> table(std::chrono::seconds(10), 4);
    std::string left;
    for (std::size_t i = 0; 2 * i < row.added.size(); ++i) {
      EntryOwners owners{guid_from_name(row.added.substr(2 * i, 1)), {}};
      if (row.added[2 * i + 1] != '-')
        owners.others.push_back({std::string(row.added.substr(2 * i + 1, 1)), 2});
      EXPECT_TRUE(table.add(std::to_string(i), 0, owners, at(0)));
    }
    for (std::size_t i = 0; 2 * i < row.added.size(); ++i)
      if (table.find(std::to_string(i), at(1))) left += std::to_string(i);
    EXPECT_EQ(left, row.left) << row.name;
  }
}

TEST(ExpiringMap, EntriesExpire) {
  ExpiringMap<int> table(std::chrono::seconds(10), 100);
  const EntryOwners owners{kGrantTenant, {{"ana", 2}}};
  EXPECT_TRUE(table.add("a", 1, owners, at(0)));
  EXPECT_FALSE(table.add("a", 2, owners, at(0)));
  EXPECT_TRUE(table.add("b", 2, owners, at(5)));
  EXPECT_TRUE(table.add("c", 3, owners, at(10)));  // the first one no longer counts
  EXPECT_EQ(table.find("a", at(10)), nullptr);
  EXPECT_EQ(*table.find("b", at(14)), 2);
  EXPECT_EQ(table.find("b", at(15)), nullptr);
  table.remove("c");
  table.remove("c");
  EXPECT_EQ(table.find("c", at(11)), nullptr);
  EXPECT_TRUE(table.add("a", 4, owners, at(11)));  // nor does the removed one
  EXPECT_EQ(*table.find("b", at(11)), 2);
}

TEST_F(CodesTest, OfOneUserDisplaceNoOthers) {
  const std::string first = issue();
  CodeGrant of_other = code_grant();
  of_other.user = kOther;
  const std::string kept = codes.issue(of_other, at(0));
  for (std::size_t i = 1; i < kCodesPerUser; ++i) issue();
  EXPECT_TRUE(codes.redeem(claim(first), at(0)).grant.has_value());
  issue();
  EXPECT_EQ(fault(claim(first), at(0)), OAuthFault::kCodeExpired);
  EXPECT_TRUE(codes.redeem(claim(kept), at(0)).grant.has_value());
}

// Each user has one code, so only the table is full.
TEST_F(CodesTest, OfOneTenantDisplaceNoOthers) {
  CodeGrant grant = code_grant();
  const auto issue_for = [&](std::uint64_t user) {
    grant.user = guid_from_name(std::to_string(user));
    return codes.issue(grant, at(0));
  };
  const auto is_known = [&](const std::string& code) {
    return fault(claim(code), at(0)) != OAuthFault::kCodeExpired;
  };
  grant.tenant = kOther;
  const std::string kept = issue_for(0);
  grant.tenant = kGrantTenant;
  grant.client = kOther;  // so that claim() uses none up
  const std::string first = issue_for(1), second = issue_for(2);
  for (std::size_t i = 3; i < kCodesMax; ++i) issue_for(i);
  EXPECT_TRUE(is_known(first));
  issue_for(kCodesMax);
  EXPECT_FALSE(is_known(first));
  EXPECT_TRUE(is_known(second));
  EXPECT_TRUE(codes.redeem(claim(kept), at(0)).grant.has_value());
}

class DevicesTest : public ::testing::Test {
 protected:
  OAuthFault poll(Time now) { return devices.poll(started.device_code, kGrantApp, now).error().fault; }
  DeviceCodes devices;
  const DeviceRequest request{kGrantTenant, kGrantApp, "Presence.Read"};
  const DeviceCodes::Started started = devices.start(request, std::nullopt, at(0)).value();
  const DeviceApproval yes{kGrantTenant, kGrantedUser, "Presence.Read", at(0)};
};

TEST_F(DevicesTest, UserCodesCanBeTyped) {
  ASSERT_EQ(started.user_code.size(), 9U);
  EXPECT_EQ(started.user_code[4], '-');
  std::string typed = started.user_code;
  for (char& c : typed) c = static_cast<char>(std::tolower(c));
  std::erase(typed, '-');
  EXPECT_EQ(devices.find(" " + typed.substr(0, 3) + " " + typed.substr(3), at(0)), request);
  EXPECT_EQ(devices.find(typed.substr(1), at(0)), std::nullopt);
  EXPECT_EQ(devices.find("", at(0)), std::nullopt);
}

TEST_F(DevicesTest, PendUntilApproved) {
  EXPECT_EQ(poll(at(0)), OAuthFault::kDevicePending);
  EXPECT_EQ(poll(at(5)), OAuthFault::kDevicePending);
  EXPECT_TRUE(devices.decide(started.user_code, yes, at(6)));
  EXPECT_EQ(devices.poll(started.device_code, kGrantApp, at(6)), yes);
  EXPECT_EQ(poll(at(7)), OAuthFault::kDeviceExpired);  // the approval is returned once
}

TEST_F(DevicesTest, EarlyPollsSlowDown) {
  EXPECT_EQ(poll(at(0)), OAuthFault::kDevicePending);
  EXPECT_EQ(poll(at(4)), OAuthFault::kDevicePending);  // within the leeway
  EXPECT_EQ(poll(at(7)), OAuthFault::kDeviceSlowDown);
  EXPECT_EQ(poll(at(15)), OAuthFault::kDeviceSlowDown);  // the interval was ten seconds, and is fifteen now
  EXPECT_EQ(poll(at(30)), OAuthFault::kDevicePending);
}

TEST_F(DevicesTest, CanBeDeclined) {
  EXPECT_TRUE(devices.decide(started.user_code, std::nullopt, at(1)));
  EXPECT_EQ(poll(at(2)), OAuthFault::kDeviceDeclined);
  EXPECT_FALSE(devices.decide(started.user_code, yes, at(3)));
  EXPECT_EQ(poll(at(4)), OAuthFault::kDeviceDeclined);
}

TEST_F(DevicesTest, Expire) {
  EXPECT_EQ(poll(at(899)), OAuthFault::kDevicePending);
  EXPECT_EQ(poll(at(900)), OAuthFault::kDeviceExpired);
  EXPECT_EQ(devices.find(started.user_code, at(900)), std::nullopt);
  EXPECT_FALSE(devices.decide(started.user_code, yes, at(900)));
}

TEST_F(DevicesTest, AreBoundToTheirClient) {
  EXPECT_EQ(devices.poll(started.device_code, kOther, at(0)).error().fault, OAuthFault::kGrantOfOther);
  EXPECT_EQ(devices.poll("never given", kGrantApp, at(0)).error().fault, OAuthFault::kDeviceExpired);
  EXPECT_EQ(devices.poll(started.user_code, kGrantApp, at(0)).error().fault, OAuthFault::kDeviceExpired);
}

// An address starts requests without end: its oldest go, and those of others stay.
TEST_F(DevicesTest, OfOneAddressDisplaceNoOthers) {
  const auto start = [&](const char* address) {
    return devices.start(request, IpAddress::parse(address), at(0)).value().device_code;
  };
  const auto is_pending = [&](const std::string& code) {
    return devices.poll(code, kGrantApp, at(0)).error().fault != OAuthFault::kDeviceExpired;
  };
  const std::string first = start("2001:db8::1"), kept = start("2001:db8:1::1");
  for (std::size_t i = 1; i < kDevicesPerAddress; ++i) start("2001:db8::2");
  EXPECT_TRUE(is_pending(first));
  start("2001:db8::3");
  EXPECT_FALSE(is_pending(first));
  EXPECT_TRUE(is_pending(kept));
  EXPECT_TRUE(is_pending(started.device_code));
}

TEST_F(DevicesTest, OfOneClientDisplaceNoOthers) {
  DeviceRequest of_other = request;
  of_other.client = kOther;
  const std::string kept = devices.start(of_other, std::nullopt, at(0)).value().device_code;
  for (std::size_t i = 1; i < kDevicesPerClient; ++i) (void)devices.start(request, std::nullopt, at(0));
  EXPECT_EQ(devices.find(started.user_code, at(0)), request);
  (void)devices.start(request, std::nullopt, at(0));
  EXPECT_EQ(devices.find(started.user_code, at(0)), std::nullopt);
  EXPECT_EQ(poll(at(0)), OAuthFault::kDeviceExpired);
  EXPECT_EQ(devices.poll(kept, kOther, at(0)).error().fault, OAuthFault::kDevicePending);
}

TEST_F(DevicesTest, OfOneTenantDisplaceNoOthers) {
  DeviceRequest other = request;
  other.tenant = kOther;
  const std::string kept = devices.start(other, std::nullopt, at(0)).value().device_code;
  for (std::size_t i = 2; i < kDevicesMax; ++i) {
    other = request;
    other.client = guid_from_name(std::to_string(i % 7));
    (void)devices.start(other, std::nullopt, at(0));
  }
  EXPECT_EQ(poll(at(0)), OAuthFault::kDevicePending);
  (void)devices.start(other, std::nullopt, at(0));
  EXPECT_EQ(poll(at(0)), OAuthFault::kDeviceExpired);
  EXPECT_EQ(devices.poll(kept, kGrantApp, at(0)).error().fault, OAuthFault::kDevicePending);
}

class RefreshTest : public ::testing::Test {
 protected:
  std::string begin() { return tokens.begin(family, grant).value(); }
  // Verifies and rotates, as the token endpoint does.
  OAuthResult<std::string> use(std::string_view token, Time now) {
    const auto shown = tokens.verify(token, kGrantApp, now);
    if (!shown) return std::unexpected(shown.error());
    return tokens.rotate(*shown, now);
  }
  storage::MemoryKvStore store;
  RefreshFamilies families{store};
  RefreshTokens tokens{families, std::string(32, 'k')};
  const Guid family = guid_from_name("family");
  const RefreshGrant grant{kGrantTenant, kGrantApp, kGrantedUser, "Presence.Read offline_access", at(0)};
};

TEST_F(RefreshTest, RotateWithEachUse) {
  std::string token = begin();
  EXPECT_EQ(tokens.verify(token, kGrantApp, at(1))->grant, grant);
  for (int i = 1; i < 5; ++i) {
    const auto next = use(token, at(i));
    ASSERT_TRUE(next.has_value());
    EXPECT_NE(*next, token);
    token = *next;
  }
}

// Records without a name are as they were before devices had one.
TEST_F(RefreshTest, KeepTheNameOfTheDevice) {
  const Guid other = guid_from_name("other");
  RefreshGrant named = grant;
  named.device = std::string(directory::kNameBytesMax, 'x');
  const std::string token = tokens.begin(other, named).value();
  ASSERT_TRUE(use(token, at(1)));
  EXPECT_EQ((*families.find(other))->grant, named);
  begin();
  EXPECT_EQ((*families.find(family))->grant.device, "");
  EXPECT_EQ(store.get("refresh/" + to_string(other))->value().size(),
            store.get("refresh/" + to_string(family))->value().size() + 2 + directory::kNameBytesMax);
}

TEST_F(RefreshTest, ReuseRevokesTheFamily) {
  const std::string first = begin();
  const std::string second = use(first, at(1)).value();
  EXPECT_EQ(use(first, at(2)).error().fault, OAuthFault::kRefreshRevoked);
  EXPECT_EQ(use(second, at(3)).error().fault, OAuthFault::kRefreshRevoked);
}

// Also if the request with the old token fails before anything is rotated.
TEST_F(RefreshTest, AnOldTokenRevokesTheFamilyWhenItIsVerified) {
  const std::string first = begin();
  const std::string second = use(first, at(1)).value();
  EXPECT_EQ(tokens.verify(first, kGrantApp, at(2)).error().fault, OAuthFault::kRefreshRevoked);
  EXPECT_EQ(tokens.verify(second, kGrantApp, at(3)).error().fault, OAuthFault::kRefreshRevoked);
}

TEST_F(RefreshTest, ConcurrentUseRevokesTheFamily) {
  const std::string token = begin();
  const auto one = tokens.verify(token, kGrantApp, at(1)), two = tokens.verify(token, kGrantApp, at(1));
  const auto next = tokens.rotate(*one, at(1));
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(tokens.rotate(*two, at(1)).error().fault, OAuthFault::kRefreshRevoked);
  EXPECT_EQ(use(*next, at(2)).error().fault, OAuthFault::kRefreshRevoked);
}

TEST_F(RefreshTest, ExpireIfNotUsed) {
  const auto life = std::chrono::duration_cast<std::chrono::seconds>(kRefreshLife).count();
  std::string token = begin();
  token = use(token, at(life - 1)).value();
  token = use(token, at(2 * life - 2)).value();
  EXPECT_EQ(use(token, at(3 * life - 2)).error().fault, OAuthFault::kRefreshExpired);
}

TEST_F(RefreshTest, AnotherClientIsRefusedWithoutEffect) {
  const std::string token = begin();
  EXPECT_EQ(tokens.verify(token, kOther, at(1)).error().fault, OAuthFault::kGrantOfOther);
  EXPECT_TRUE(use(token, at(1)).has_value());
}

TEST_F(RefreshTest, ForgedTokensAreRefusedWithoutEffect) {
  const std::string token = begin();
  std::string changed = *decode_base64url(token);
  changed[16] = static_cast<char>(changed[16] + 1);  // the generation
  for (const std::string& forged :
       {std::string(), std::string("x"), token + "A", token.substr(4), encode_base64url(changed),
        RefreshTokens(families, std::string(32, 'x')).begin(guid_from_name("theirs"), grant).value(),
        std::string(100'000, 'A')})
    EXPECT_EQ(use(forged, at(1)).error().fault, OAuthFault::kGrantInvalid);
  EXPECT_TRUE(use(token, at(1)).has_value());
}

TEST_F(RefreshTest, SurviveARestart) {
  const std::string token = use(begin(), at(1)).value();
  RefreshFamilies opened(store);
  RefreshTokens again(opened, std::string(32, 'k'));
  EXPECT_EQ(again.verify(token, kGrantApp, at(2))->grant, grant);
}

TEST_F(RefreshTest, ARevokedFamilyNeverBegins) {
  ASSERT_TRUE(families.revoke(family, at(0)).has_value());
  EXPECT_EQ(tokens.begin(family, grant).error().fault, OAuthFault::kRefreshRevoked);
  ASSERT_TRUE(families.sweep(at(1)).has_value());
  EXPECT_EQ(tokens.begin(family, grant).error().fault, OAuthFault::kRefreshRevoked);
}

TEST_F(RefreshTest, RevokingEndsAFamily) {
  const std::string token = begin();
  ASSERT_TRUE(families.revoke(family, at(1)).has_value());
  EXPECT_EQ(use(token, at(1)).error().fault, OAuthFault::kRefreshRevoked);
}

TEST_F(RefreshTest, ExpiredFamiliesAreSwept) {
  const auto life = std::chrono::duration_cast<std::chrono::seconds>(kRefreshLife).count();
  const std::string token = begin();
  ASSERT_TRUE(families.sweep(at(life - 1)).has_value());
  EXPECT_TRUE(tokens.verify(token, kGrantApp, at(1)).has_value());
  ASSERT_TRUE(families.sweep(at(life)).has_value());
  EXPECT_EQ(tokens.verify(token, kGrantApp, at(1)).error().fault, OAuthFault::kRefreshExpired);
}

// Each sign-in removes a few expired families, and no other.
TEST_F(RefreshTest, ExpiredFamiliesGoDuringSignIns) {
  const auto life = std::chrono::duration_cast<std::chrono::seconds>(kRefreshLife).count();
  const auto begin_at = [&](std::int64_t seconds, int number) {
    RefreshGrant later = grant;
    later.begun = at(seconds);
    return tokens.begin(guid_from_name(std::to_string(seconds) + "/" + std::to_string(number)), later)
        .value();
  };
  const auto count = [&] {
    int number = 0;
    EXPECT_TRUE(store.for_each("refresh/", [&](std::string_view, std::string_view) { return ++number > 0; }));
    return number;
  };
  for (int i = 0; i < 80; ++i) begin_at(0, i);
  std::string used = begin_at(0, 80);
  const std::string young = begin_at(life / 2, 0);
  used = use(used, at(life / 2)).value();
  ASSERT_EQ(count(), 82);
  int before = count();
  for (int i = 0; i < 22; ++i) {
    begin_at(life, i);
    EXPECT_GE(count() + kSweptPerFamily, before + 1);
    before = count();
  }
  EXPECT_EQ(before, 2 + 22);
  EXPECT_TRUE(use(used, at(life)).has_value());
  EXPECT_TRUE(use(young, at(life)).has_value());
}

// Of the application in its tenant alone, page by page; neither those that are revoked nor those that are swept.
TEST_F(RefreshTest, FamiliesAreListedByApplication) {
  const auto life = std::chrono::duration_cast<std::chrono::seconds>(kRefreshLife).count();
  const auto list = [&](const Guid& tenant, const Guid& client) {
    return families.list(tenant, client, std::nullopt, 10).value();
  };
  RefreshGrant of_other_tenant = grant, of_other_client = grant;
  of_other_tenant.tenant = kOther;
  of_other_client.client = kOther;
  std::vector<Guid> made;
  for (int i = 0; i < 3; ++i) made.push_back(guid_from_name(std::to_string(i)));
  std::ranges::sort(made);
  for (const Guid& one : made) (void)tokens.begin(one, grant).value();
  (void)tokens.begin(guid_from_name("tenant"), of_other_tenant).value();
  (void)tokens.begin(guid_from_name("client"), of_other_client).value();
  EXPECT_EQ(list(kGrantTenant, kGrantApp), made);
  EXPECT_EQ(list(kOther, kGrantApp), std::vector{guid_from_name("tenant")});
  EXPECT_EQ(list(kOther, kOther), std::vector<Guid>{});
  EXPECT_EQ(families.list(kGrantTenant, kGrantApp, std::nullopt, 2).value(), (std::vector{made[0], made[1]}));
  EXPECT_EQ(families.list(kGrantTenant, kGrantApp, made[1], 2).value(), std::vector{made[2]});
  EXPECT_FALSE(families.revoke_of(kOther, kGrantApp, made[0], at(1)).value());
  EXPECT_FALSE(families.revoke_of(kGrantTenant, kOther, made[0], at(1)).value());
  EXPECT_FALSE(families.revoke_of(kGrantTenant, kGrantApp, guid_from_name("unknown"), at(1)).value());
  EXPECT_EQ(list(kGrantTenant, kGrantApp), made) << "nothing was revoked";
  EXPECT_TRUE(families.revoke_of(kGrantTenant, kGrantApp, made[0], at(1)).value());
  EXPECT_FALSE(families.revoke_of(kGrantTenant, kGrantApp, made[0], at(1)).value()) << "a second time";
  EXPECT_FALSE(families.revoke_of(kGrantTenant, kGrantApp, made[1], at(life)).value()) << "it has expired";
  ASSERT_TRUE(families.revoke(made[1], at(1)).has_value());
  EXPECT_EQ(list(kGrantTenant, kGrantApp), std::vector{made[2]});
  ASSERT_TRUE(families.sweep(at(life)).has_value());
  EXPECT_EQ(list(kGrantTenant, kGrantApp), std::vector<Guid>{});
  int rows = 0;
  EXPECT_TRUE(store.for_each("", [&](std::string_view, std::string_view) { return ++rows > 0; }));
  EXPECT_EQ(rows, 0);
}

// A family of an earlier version has no index row until it is used.
TEST_F(RefreshTest, AUseAddsAFamilyToTheList) {
  const std::string token = begin();
  std::string index;
  EXPECT_TRUE(store.for_each("sign-in/", [&](std::string_view key, std::string_view) {
    index = key;
    return true;
  }));
  ASSERT_TRUE(store.remove(index));
  EXPECT_TRUE(use(token, at(1)).has_value());
  EXPECT_EQ(families.list(kGrantTenant, kGrantApp, std::nullopt, 1).value(), std::vector{family});
}

TEST_F(RefreshTest, AFailingStoreReturnsErrors) {
  const std::string token = begin();
  store.fail(true);
  EXPECT_EQ(tokens.begin(guid_from_name("next"), grant).error().fault, OAuthFault::kUnavailable);
  EXPECT_EQ(use(token, at(1)).error().fault, OAuthFault::kUnavailable);
  EXPECT_EQ(families.revoke(family, at(1)).error().fault, OAuthFault::kUnavailable);
  EXPECT_EQ(families.revoke_of(kGrantTenant, kGrantApp, family, at(1)).error().fault,
            OAuthFault::kUnavailable);
  EXPECT_EQ(families.list(kGrantTenant, kGrantApp, std::nullopt, 1).error().fault, OAuthFault::kUnavailable);
  store.fail(false);
  EXPECT_TRUE(use(token, at(1)).has_value());
}

TEST(SignInSessions, ExpireAfterHalfADay) {
  SignInSessions sessions;
  const SignInSession ana{kGrantTenant, kGrantedUser, at(0)};
  const std::string cookie = sessions.begin(ana, at(0));
  EXPECT_EQ(sessions.find(cookie, at(43'199)), ana);
  EXPECT_EQ(sessions.find(cookie, at(43'200)), std::nullopt);
  EXPECT_EQ(sessions.find("", at(0)), std::nullopt);
  EXPECT_EQ(sessions.find(CsrfGuard::make_cookie(), at(0)), std::nullopt);
  sessions.end(cookie);
  EXPECT_EQ(sessions.find(cookie, at(0)), std::nullopt);
}

TEST(Sessions, OfOneUserDisplaceNoOthers) {
  SignInSessions sessions;
  const SignInSession ana{kGrantTenant, kGrantedUser, at(0)}, other{kGrantTenant, kOther, at(0)};
  const std::string first = sessions.begin(ana, at(0)), kept = sessions.begin(other, at(0));
  for (std::size_t i = 1; i < kSessionsPerUser; ++i) sessions.begin(ana, at(0));
  EXPECT_EQ(sessions.find(first, at(0)), ana);
  sessions.begin(ana, at(0));
  EXPECT_EQ(sessions.find(first, at(0)), std::nullopt);
  EXPECT_EQ(sessions.find(kept, at(0)), other);
}

TEST(Sessions, OfOneTenantDisplaceNoOthers) {
  SignInSessions sessions;
  const SignInSession other{kOther, kGrantedUser, at(0)}, ana{kGrantTenant, kGrantedUser, at(0)};
  const std::string kept = sessions.begin(other, at(0)), first = sessions.begin(ana, at(0));
  for (std::size_t i = 2; i < kSessionsMax; ++i)
    sessions.begin({kGrantTenant, guid_from_name(std::to_string(i)), at(0)}, at(0));
  EXPECT_EQ(sessions.find(first, at(0)), ana);
  sessions.begin({kGrantTenant, guid_from_name("one more"), at(0)}, at(0));
  EXPECT_EQ(sessions.find(first, at(0)), std::nullopt);
  EXPECT_EQ(sessions.find(kept, at(0)), other);
}

TEST(CsrfGuard, AcceptsOnlyTokensForTheCookie) {
  const CsrfGuard guard, other;
  const std::string cookie = CsrfGuard::make_cookie(), second = CsrfGuard::make_cookie();
  EXPECT_TRUE(guard.accepts(cookie, guard.token_for(cookie)));
  EXPECT_FALSE(guard.accepts(second, guard.token_for(cookie)));
  EXPECT_FALSE(guard.accepts(cookie, other.token_for(cookie)));
  EXPECT_FALSE(guard.accepts(cookie, ""));
  EXPECT_FALSE(guard.accepts("", guard.token_for("")));
}

TEST(Cookies, AreFoundByName) {
  struct Row {
    std::string_view field, value;
  };
  const Row rows[] = {{"a=1", "1"},     {"b=2; a=1", "1"}, {"b=2;a=1;c=3", "1"}, {"", ""},
                      {"a", ""},        {"ab=1", ""},      {"xa=1", ""},         {"a=1; a=2", ""},
                      {"a=b=c", "b=c"}, {"a=", ""},        {"b=a=1", ""},        {";;a=1", "1"}};
  for (const Row& row : rows) EXPECT_EQ(find_cookie(row.field, "a"), row.value) << row.field;
}

constexpr std::uint32_t kFree = 10;

TEST(Lockout, LocksForDoublingTimes) {
  Lockout lockout(kFree, std::chrono::hours(24));
  for (std::uint32_t i = 0; i < kFree; ++i) EXPECT_TRUE(lockout.attempt("ana", at(0))) << i;
  EXPECT_FALSE(lockout.attempt("ana", at(59)));
  EXPECT_TRUE(lockout.attempt("ben", at(59)));
  EXPECT_TRUE(lockout.attempt("ana", at(60)));  // locks for two more minutes
  EXPECT_FALSE(lockout.attempt("ana", at(179)));
  EXPECT_TRUE(lockout.attempt("ana", at(180)));
  std::int64_t now = 180;
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(lockout.attempt("ana", at(now += 3600)));
  EXPECT_FALSE(lockout.attempt("ana", at(now + 3599)));  // locks for at most an hour
}

TEST(AddressLockout, CountsNetworksAndSites) {
  AddressLockout lockout(kFree, std::chrono::hours(1));
  const auto attempts = [&lockout](const std::string& text) {
    std::uint32_t allowed = 0;
    while (allowed < 1000 && lockout.attempt(IpAddress::parse(text), at(0))) ++allowed;
    return allowed;
  };
  EXPECT_EQ(attempts("192.0.2.1"), kFree);
  EXPECT_EQ(attempts("::ffff:192.0.2.1"), 0u);
  EXPECT_EQ(attempts("192.0.2.2"), kFree);
  EXPECT_EQ(attempts("2001:db8::1"), kFree);
  EXPECT_EQ(attempts("2001:db8::2"), 0u);
  std::uint32_t of_site = kFree;
  for (int i = 1; i < 100; ++i) of_site += attempts("2001:db8:0:" + std::to_string(i) + "::1");
  EXPECT_EQ(of_site, kFree * kHostsPerSite);
  EXPECT_EQ(attempts("2001:db8:1::1"), kFree);
  lockout.undo_attempt(IpAddress::parse("2001:db8:1::2"));
  EXPECT_EQ(attempts("2001:db8:1::1"), 1u);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(lockout.attempt(std::nullopt, at(0)));
}

TEST(KnownNetworks, AreCountedApart) {
  KnownNetworks known;
  const auto name_at = [&](std::string_view name, const char* address, Time now) {
    return known.counted_name(name, IpAddress::parse(address), now);
  };
  known.add(kGrantTenant, "ana", IpAddress::parse("2001:db8::1"), at(0));
  EXPECT_EQ(name_at("ana", "2001:db8::ffff", at(1)), "ana@2001:db8::/64");
  EXPECT_EQ(name_at("ana", "2001:db8:0:1::1", at(1)), "ana");
  EXPECT_EQ(name_at("ben", "2001:db8::1", at(1)), "ben");
  EXPECT_EQ(known.counted_name("ana", std::nullopt, at(1)), "ana");
  const auto life = std::chrono::duration_cast<std::chrono::seconds>(kKnownNetworkLife).count();
  known.add(kGrantTenant, "ana", IpAddress::parse("2001:db8::1"), at(9));  // counts from the last sign-in
  EXPECT_NE(name_at("ana", "2001:db8::1", at(life + 8)), "ana");
  EXPECT_EQ(name_at("ana", "2001:db8::1", at(life + 9)), "ana");
}

TEST(KnownNetworks, OfOneNameAreBounded) {
  KnownNetworks known;
  const auto add = [&](std::string_view name, std::size_t i) {
    known.add(kGrantTenant, name, IpAddress::parse("192.0.2." + std::to_string(i)), at(0));
  };
  add("ben", 1);
  for (std::size_t i = 1; i <= kKnownNetworksPerName; ++i) add("ana", i);
  EXPECT_EQ(known.counted_name("ana", IpAddress::parse("192.0.2.1"), at(1)), "ana@192.0.2.1/32");
  add("ana", kKnownNetworksPerName + 1);
  EXPECT_EQ(known.counted_name("ana", IpAddress::parse("192.0.2.1"), at(1)), "ana");
  EXPECT_EQ(known.counted_name("ben", IpAddress::parse("192.0.2.1"), at(1)), "ben@192.0.2.1/32");
}

TEST(KnownNetworks, OfOneTenantDisplaceNoOthers) {
  KnownNetworks known;
  const auto address = IpAddress::parse("192.0.2.1");
  known.add(kOther, "kept", address, at(0));
  for (std::size_t i = 1; i < kKnownNetworksMax; ++i)
    known.add(kGrantTenant, std::to_string(i), address, at(0));
  EXPECT_EQ(known.counted_name("1", address, at(0)), "1@192.0.2.1/32");
  known.add(kGrantTenant, "one more", address, at(0));
  EXPECT_EQ(known.counted_name("1", address, at(0)), "1");
  EXPECT_EQ(known.counted_name("kept", address, at(0)), "kept@192.0.2.1/32");
}

TEST(Lockout, SuccessAndTheWindowResetTheCount) {
  Lockout lockout(kFree, std::chrono::hours(24));
  for (std::uint32_t i = 0; i < kFree; ++i) lockout.attempt("ana", at(0));
  lockout.reset("ana");
  for (std::uint32_t i = 0; i < kFree; ++i) EXPECT_TRUE(lockout.attempt("ana", at(1)));
  EXPECT_FALSE(lockout.attempt("ana", at(2)));
  for (std::uint32_t i = 0; i < kFree; ++i) EXPECT_TRUE(lockout.attempt("ana", at(86'401))) << i;
}

TEST(Lockout, UndoTakesBackOneAttempt) {
  Lockout lockout(kFree, std::chrono::hours(24));
  for (std::uint32_t i = 1; i < kFree; ++i) lockout.attempt("10.0.0.1", at(0));
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(lockout.attempt("10.0.0.1", at(1)));
    lockout.undo_attempt("10.0.0.1");
  }
  EXPECT_TRUE(lockout.attempt("10.0.0.1", at(2)));
  EXPECT_FALSE(lockout.attempt("10.0.0.1", at(3)));
  lockout.undo_attempt("nobody");
}

TEST(Lockout, MadeUpNamesDoNotDisplaceANameUnderAttack) {
  Lockout lockout(kFree, std::chrono::hours(24));
  for (std::uint32_t i = 0; i < kFree; ++i) lockout.attempt("ana", at(0));
  for (std::size_t i = 0; i <= kLockedNamesMax; ++i) lockout.attempt(std::to_string(i), at(1));
  EXPECT_FALSE(lockout.attempt("ana", at(2)));
}

}  // namespace
}  // namespace porchlight::authority
