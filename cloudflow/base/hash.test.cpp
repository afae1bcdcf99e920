#include "cloudflow/base/hash.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;

TEST_CASE("sha256 gives the digests of FIPS 180-4") {
  CHECK(to_hex(sha256(as_bytes(""))) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256(as_bytes("abc"))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(sha256(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(to_hex(sha256(as_bytes(std::string(1'000'000, 'a')))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("crc64_avro gives the fingerprints of the Avro test suite") {
  CHECK(crc64_avro(as_bytes("\"null\"")) == 7195948357588979594ULL);
  CHECK(static_cast<std::int64_t>(crc64_avro(as_bytes("\"boolean\""))) == -6970731678124411036LL);
  CHECK(crc64_avro(as_bytes("\"int\"")) == 8247732601305521295ULL);
}

TEST_CASE("murmur2 gives the numbers of Kafka's own tests") {
  CHECK(murmur2(as_bytes("21")) == -973932308);
  CHECK(murmur2(as_bytes("foobar")) == -790332482);
  CHECK(murmur2(as_bytes("a-little-bit-long-string")) == -985981536);
  CHECK(murmur2(as_bytes("a-little-bit-longer-string")) == -1486304829);
  CHECK(murmur2(as_bytes("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8")) == -58897971);
  CHECK(murmur2(as_bytes("abc")) == 479470107);
}
