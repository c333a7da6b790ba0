#include "proxy/protocol/scram_fsm.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/protocol/base64.hpp"

namespace historyd::protocol {

namespace {

using namespace std::literals;

// The exchange of RFC 7677 section 3.
const std::string client_nonce = "rOprNGfwEbeRWgbNEkqO",
                  server_nonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
                  client_first = "n,,n=user,r=" + client_nonce,
                  server_first =
                      "r=" + client_nonce + server_nonce + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
                  client_final = "c=biws,r=" + client_nonce + server_nonce +
                                 ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
                  server_final = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

scram_verifier pencil() {
    return scram_verifier::of("pencil", *base64_decoded("W22ZaJ0SNY7soEsUEjb6gQ=="));
}

scram_fsm::options options(std::string binding = {}) {
    return {
        .verifier = pencil(), .server_nonce = server_nonce, .channel_binding = std::move(binding)};
}

std::string sqlstate_of(const result<scram_fsm::answer>& r) {
    return r ? "fine" : r.error().sqlstate;
}

// The client's side, for what the RFC has no example of.
std::string client_final_of(const std::string& password, const std::string& gs2,
                            const std::string& binding, const std::string& bare,
                            const std::string& challenge) {
    const auto nonce = challenge.substr(0, challenge.find(','));
    const auto without_proof = "c=" + base64(gs2 + binding) + "," + nonce;
    const auto salt = *base64_decoded("W22ZaJ0SNY7soEsUEjb6gQ==");
    const auto v = scram_verifier::of(password, salt);
    const auto message = bare + "," + challenge + "," + without_proof;
    // ClientKey from the RFC's definition: Hi() by repeated HMAC.
    auto u = hmac_sha_256(password, salt + "\0\0\0\1"s), salted = u;
    for (std::uint32_t i = 1; i < v.iterations; ++i) {
        u = hmac_sha_256(password, u);
        for (std::size_t k = 0; k < u.size(); ++k) salted[k] = static_cast<char>(salted[k] ^ u[k]);
    }
    auto proof = hmac_sha_256(salted, "Client Key");
    const auto signature = hmac_sha_256(sha_256(proof), message);
    for (std::size_t k = 0; k < proof.size(); ++k) {
        proof[k] = static_cast<char>(proof[k] ^ signature[k]);
    }
    return without_proof + ",p=" + base64(proof);
}

TEST(scram, exchange_of_rfc_7677) {
    scram_fsm fsm(options());
    const auto asked = fsm.start(scram_mechanism, client_first);
    ASSERT_TRUE(asked) << asked.error().message;
    EXPECT_EQ(std::get<scram_fsm::challenge>(*asked).data, server_first);
    const auto done = fsm.finish(client_final);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(std::get<scram_fsm::success>(*done).data, server_final);
}

TEST(scram, channel_binding) {
    const auto hash = sha_256("certificate"), gs2 = "p=tls-server-end-point,,"s,
               bare = "n=,r=" + client_nonce;
    for (const auto& sent : {hash, sha_256("another")}) {
        scram_fsm fsm(options(hash));
        const auto asked = fsm.start(scram_plus_mechanism, gs2 + bare);
        ASSERT_TRUE(asked) << asked.error().message;
        const auto done = fsm.finish(client_final_of("pencil", gs2, sent, bare,
                                                     std::get<scram_fsm::challenge>(*asked).data));
        EXPECT_EQ(sqlstate_of(done), sent == hash ? "fine" : "28000");
    }
    // Without TLS, or without its hash, it is not on offer.
    scram_fsm plain(options());
    EXPECT_EQ(sqlstate_of(plain.start(scram_plus_mechanism, gs2 + bare)), "08P01");
}

TEST(scram, a_client_that_believes_binding_was_not_offered_is_told_so) {
    scram_fsm fsm(options(sha_256("certificate")));
    EXPECT_EQ(sqlstate_of(fsm.start(scram_mechanism, "y,,n=,r=abc")), "28000");
    scram_fsm plain(options());
    EXPECT_EQ(sqlstate_of(plain.start(scram_mechanism, "y,,n=,r=abc")), "fine");
}

TEST(scram, only_with_binding) {
    auto o = options(sha_256("certificate"));
    o.plus_only = true;
    scram_fsm fsm(o);
    EXPECT_EQ(sqlstate_of(fsm.start(scram_mechanism, client_first)), "08P01");
}

TEST(scram, wrong_password_and_no_user_are_denied_alike) {
    for (const bool is_mock : {false, true}) {
        auto o = options();
        o.is_mock = is_mock;
        scram_fsm fsm(o);
        const auto asked = fsm.start(scram_mechanism, client_first);
        const auto& challenge = std::get<scram_fsm::challenge>(*asked).data;
        const auto done = fsm.finish(client_final_of(is_mock ? "pencil" : "pen", "n,,", "",
                                                     client_first.substr(3), challenge));
        ASSERT_TRUE(done) << done.error().message;
        EXPECT_TRUE(std::holds_alternative<scram_fsm::denied>(*done));
    }
}

TEST(scram, nonsense_at_every_place) {
    for (const auto first :
         {"", "n", "n,", "n,,", "x,,n=,r=a", "n,,n=", "n,,n=,r=", "n,,n=,r=\x01", "n,,m=x,n=,r=a",
          "n,a=me,n=,r=a", "p=tls-unique,,n=,r=a", "n,,r=a,n=u"}) {
        scram_fsm fsm(options());
        EXPECT_FALSE(fsm.start(scram_mechanism, first)) << first;
    }
    for (const auto& final :
         {""s, "c=biws"s, "c=biws,r=x,p=AA=="s, "c=eSws" + client_final.substr(6),
          client_final.substr(0, client_final.size() - 1), client_final + "=",
          "c=biws,r=" + client_nonce + server_nonce, "r=a,c=biws"s}) {
        scram_fsm fsm(options());
        ASSERT_TRUE(fsm.start(scram_mechanism, client_first));
        EXPECT_FALSE(fsm.finish(final)) << final;
    }
}

TEST(scram_verifier, text_of_postgresql) {
    // SELECT rolpassword FROM pg_authid, PostgreSQL 15, password "pencil" with the RFC's salt.
    const auto text = pencil().text();
    EXPECT_THAT(text, testing::StartsWith("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"));
    EXPECT_EQ(scram_verifier::parse(text), pencil());
    for (const auto wrong :
         {"", "md5abc", "SCRAM-SHA-256$", "SCRAM-SHA-256$4096:c2FsdA==$AA==:AA==",
          "SCRAM-SHA-256$0:W22ZaJ0SNY7soEsUEjb6gQ==$", "SCRAM-SHA-1$4096:a$b:c"}) {
        EXPECT_FALSE(scram_verifier::parse(wrong)) << wrong;
    }
    EXPECT_FALSE(scram_verifier::parse(text + "="));
    EXPECT_FALSE(scram_verifier::parse(text.substr(0, text.size() - 4)));
}

TEST(scram_verifier, mock_is_the_same_for_the_same_name) {
    const auto a = scram_verifier::mock("a", "secret");
    EXPECT_EQ(a, scram_verifier::mock("a", "secret"));
    EXPECT_NE(a.salt, scram_verifier::mock("b", "secret").salt);
    EXPECT_NE(a.salt, scram_verifier::mock("a", "other").salt);
    EXPECT_EQ(a.salt.size(), scram_salt_bytes);
}

TEST(scram_verifier, passwords_are_prepared) {
    // RFC 4013 section 3; what it refuses is taken as it is, like PostgreSQL does.
    EXPECT_EQ(prepared_password("I\xc2\xadX"), "IX");
    EXPECT_EQ(prepared_password("\xc2\xaa"), "a");
    EXPECT_EQ(prepared_password("\xe2\x85\xa8"), "IX");
    EXPECT_EQ(prepared_password("\x07"), "\x07");
    EXPECT_EQ(prepared_password("\xff\xfe"), "\xff\xfe");
    EXPECT_EQ(prepared_password("plain"), "plain");
}

TEST(base64, only_what_it_would_write) {
    for (const auto* bytes : {"", "a", "ab", "abc", "abcd"}) {
        EXPECT_EQ(base64_decoded(base64(bytes)), bytes);
    }
    for (const auto* wrong :
         {"a", "YQ", "YQ=", "YQ==\n", " YQ==", "Y===", "YR==", "Y-==", "===="}) {
        EXPECT_FALSE(base64_decoded(wrong)) << wrong;
    }
}

}  // namespace

}  // namespace historyd::protocol
