// Wycheproof and the Merkle cases of transparency-dev, from a folder that is not part of this tree:
// SIGNPOST_VECTORS, or ../shared/vectors beside the source. Without it the tests say what was left
// out and pass; our own vectors are in tests/crypto/vectors.
#include <gtest/gtest.h>
#include <sodium.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "crypto/base/file.h"
#include "crypto/memory/secret.h"
#include "crypto/note/note.h"
#include "crypto/token/tokeniser/tokeniser.h"
#include "crypto/tree/tree.h"

namespace signpost {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

std::optional<fs::path> Folder() {
  const char* set = std::getenv("SIGNPOST_VECTORS");
  if (set != nullptr && *set != '\0') return fs::path(set);
  const fs::path beside = SIGNPOST_SOURCE_DIR "/../shared/vectors";
  if (fs::is_directory(beside)) return beside;
  std::printf("left out: SIGNPOST_VECTORS is not set\n");
  return std::nullopt;
}

json Load(const fs::path& path) {
  const auto content = ReadFile(path.string());
  EXPECT_TRUE(content.has_value()) << path;
  return json::parse(content.value_or("{}"));
}

Bytes Hex(const json& test, const char* field) {
  return FromHex(test.at(field).get<std::string>()).value();
}

// Calls check(group, test) for every case; it must say as much as the file does.
template <class Check>
void ForEach(const std::string& name, size_t at_least, Check check) {
  const auto folder = Folder();
  if (!folder) return;
  const json file = Load(*folder / "wycheproof" / name);
  size_t count = 0;
  for (const json& group : file.at("testGroups")) {
    for (const json& test : group.at("tests")) {
      SCOPED_TRACE(name + " " + std::to_string(test.at("tcId").get<int>()));
      check(group, test);
      ++count;
    }
  }
  EXPECT_EQ(count, file.at("numberOfTests").get<size_t>());
  EXPECT_GE(count, at_least);
}

bool IsValid(const json& test) { return test.at("result") == "valid"; }

TEST(Wycheproof, HmacSha256IsNotWrongAnywhere) {
  ForEach("hmac_sha256_test.json", 174, [](const json& group, const json& test) {
    auto mac = token::HmacSha256::Create(Hex(test, "key"));
    ASSERT_TRUE(mac);
    const auto full = mac->Of(Hex(test, "msg"));
    const size_t length = group.at("tagSize").get<size_t>() / 8;
    EXPECT_EQ(Bytes(full.begin(), full.begin() + length) == Hex(test, "tag"), IsValid(test));
  });
}

TEST(Wycheproof, HkdfSha256IsNotWrongAnywhere) {
  ForEach("hkdf_sha256_test.json", 86, [](const json&, const json& test) {
    Bytes out(test.at("size").get<size_t>());
    const bool made =
        memory::HkdfSha256(Hex(test, "ikm"), Hex(test, "salt"), Hex(test, "info"), out).has_value();
    EXPECT_EQ(made && out == Hex(test, "okm"), IsValid(test));
  });
}

TEST(Wycheproof, Ed25519IsNotWrongAnywhere) {
  ForEach("ed25519_test.json", 151, [](const json& group, const json& test) {
    const Bytes key = Hex(group.at("publicKey"), "pk");
    ASSERT_EQ(key.size(), 32u);
    Bytes hashed{'w', '\n', 1};
    hashed.insert(hashed.end(), key.begin(), key.end());
    Bytes typed{1};
    typed.insert(typed.end(), key.begin(), key.end());
    const auto verifier = note::NoteVerifier::Parse(
        "w+" + ToHex(ByteView(Sha256(ByteView(hashed))).first(4)) + "+" + ToBase64(typed));
    ASSERT_TRUE(verifier);
    EXPECT_EQ(verifier->Verify(AsText(Hex(test, "msg")), Hex(test, "sig")), IsValid(test));
  });
}

TEST(Wycheproof, X25519IsNotWrongAnywhere) {
  ForEach("x25519_test.json", 518, [](const json&, const json& test) {
    const Bytes secret = Hex(test, "private");
    const Bytes pub = Hex(test, "public");
    if (secret.size() != 32 || pub.size() != 32) return;  // not to be had through our types
    Bytes shared(32);
    const bool made = crypto_scalarmult(shared.data(), secret.data(), pub.data()) == 0;
    const Bytes wanted = Hex(test, "shared");
    if (wanted == Bytes(32)) {
      EXPECT_FALSE(made);  // everybody's shared secret: a sealed box to it is refused
    } else {
      EXPECT_TRUE(made);
      EXPECT_EQ(ToHex(shared), ToHex(wanted));
    }
  });
}

TEST(Wycheproof, XChaCha20Poly1305IsNotWrongAnywhere) {
  ForEach("xchacha20_poly1305_test.json", 315, [](const json&, const json& test) {
    const Bytes key = Hex(test, "key");
    const Bytes nonce = Hex(test, "iv");
    if (key.size() != 32 || nonce.size() != 24) {  // not to be had through our types
      EXPECT_FALSE(IsValid(test));
      return;
    }
    const Bytes aad = Hex(test, "aad");
    Bytes box = Hex(test, "ct");
    const Bytes tag = Hex(test, "tag");
    box.insert(box.end(), tag.begin(), tag.end());
    Bytes opened(box.size());
    unsigned long long length = 0;
    const bool opens = crypto_aead_xchacha20poly1305_ietf_decrypt(
                           opened.data(), &length, nullptr, box.data(), box.size(), aad.data(),
                           aad.size(), nonce.data(), key.data()) == 0;
    opened.resize(static_cast<size_t>(length));
    EXPECT_EQ(opens && opened == Hex(test, "msg"), IsValid(test));
  });
}

// A hash of another length cannot be had through our types: a stand-in keeps it different from all
// others and equal to itself.
Digest HashOf(const json& text) {
  const auto bytes = FromBase64(text.is_null() ? "" : text.get<std::string>());
  if (!bytes || bytes->size() != 32) return Sha256(text.dump());
  Digest out;
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

std::vector<Digest> ProofOf(const json& test) {
  std::vector<Digest> proof;
  if (!test.at("proof").is_null()) {
    for (const json& hash : test.at("proof")) proof.push_back(HashOf(hash));
  }
  return proof;
}

template <class Verify>
void ForEachMerkle(const std::string& kind, Verify verify) {
  const auto folder = Folder();
  if (!folder) return;
  size_t count = 0;
  for (const auto& entry :
       fs::recursive_directory_iterator(*folder / "merkle" / "testdata" / kind)) {
    if (entry.path().extension() != ".json") continue;
    const json test = Load(entry.path());
    EXPECT_EQ(verify(test), !test.at("wantErr").get<bool>()) << entry.path();
    ++count;
  }
  EXPECT_GE(count, 98u);
}

TEST(Merkle, InclusionIsNotWrongAnywhere) {
  ForEachMerkle("inclusion", [](const json& test) {
    if (test.at("leafHash") == "" || test.at("root") == "") return false;  // not a hash at all
    return tree::VerifyInclusion(test.at("leafIdx").get<uint64_t>(),
                                 test.at("treeSize").get<uint64_t>(), HashOf(test.at("leafHash")),
                                 ProofOf(test), HashOf(test.at("root")));
  });
}

TEST(Merkle, ConsistencyIsNotWrongAnywhere) {
  ForEachMerkle("consistency", [](const json& test) {
    return tree::VerifyConsistency(test.at("size1").get<uint64_t>(),
                                   test.at("size2").get<uint64_t>(), ProofOf(test),
                                   HashOf(test.at("root1")), HashOf(test.at("root2")));
  });
}

}  // namespace
}  // namespace signpost
