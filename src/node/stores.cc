#include "node/stores.h"

namespace porchlight::node {
namespace {

constexpr Store kStores[] = {
    {"history", StoreKind::kDatabase, StoreCare::kCopied},
    {"snapshots", StoreKind::kFolder, StoreCare::kCopied},
    {"subscriptions", StoreKind::kDatabase, StoreCare::kCopied},
    {"scim", StoreKind::kDatabase, StoreCare::kCopied},
    {"authority", StoreKind::kDatabase, StoreCare::kCopied},
    {"revocations", StoreKind::kDatabase, StoreCare::kCopied},
    {"audit", StoreKind::kDatabase, StoreCare::kCopied},
    {"issuers", StoreKind::kFolder, StoreCare::kCopied},
    {"demo.toml", StoreKind::kFile, StoreCare::kCopied},
    {"keys", StoreKind::kFolder, StoreCare::kKeys},
    {"tls", StoreKind::kFolder, StoreCare::kKeys},
    {"log", StoreKind::kDatabase, StoreCare::kCopied},
    {"format", StoreKind::kFile, StoreCare::kCopied},
    // A backup has one that names no place, so what is restored from it is a copy (place.h).
    {"place", StoreKind::kFile, StoreCare::kLeftOut},
    {"admin.sock", StoreKind::kFile, StoreCare::kLeftOut},
    {"last_backup", StoreKind::kFile, StoreCare::kLeftOut},
    {"before_upgrade", StoreKind::kFolder, StoreCare::kLeftOut},
    {"backup.tmp", StoreKind::kFolder, StoreCare::kLeftOut},
};

}  // namespace

std::span<const Store> all_stores() { return kStores; }

}  // namespace porchlight::node
