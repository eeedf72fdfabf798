use kernel::percent_encode;

use super::{
    base::Algorithm,
    params::{self, SignedRequest},
};

const REQUEST: SignedRequest<'static> = SignedRequest {
    method: "GET",
    origin: "http://127.0.0.1:8080",
    path: "/v1/f/tenants",
    query: "",
    authorization: &[],
    form: b"",
};

fn header(extra: &str) -> String {
    format!(
        "OAuth oauth_consumer_key=\"k\", oauth_signature_method=\"HMAC-SHA1\", oauth_signature=\"c2ln\", \
         oauth_timestamp=\"1795278520\", oauth_nonce=\"n\"{extra}"
    )
}

fn text(request: SignedRequest<'_>) -> String {
    params::signed_text(&request, &params::collect(&request).unwrap())
}

fn parsed(authorization: &str) -> Option<params::Parsed> {
    params::parse(&SignedRequest { authorization: &[authorization], ..REQUEST })
}

/// The example of RFC 5849 §3.4.1.1, form and all.
#[test]
fn rfc_5849_base_string() {
    let authorization = "OAuth realm=\"Example\", oauth_consumer_key=\"9djdj82h48djs9d2\", \
        oauth_token=\"kkk9d7dh3k39sjv7\", oauth_signature_method=\"HMAC-SHA1\", oauth_timestamp=\"137131201\", \
        oauth_nonce=\"7d8f3e4a\", oauth_signature=\"bYT5CMsGcbgUdFHObYMEfcx6bsw%3D\"";
    let request = SignedRequest {
        method: "POST",
        origin: "http://EXAMPLE.com:80",
        path: "/request",
        query: "b5=%3D%253D&a3=a&c%40=&a2=r%20b",
        authorization: &[authorization],
        form: b"c2&a3=2+q",
    };
    assert_eq!(
        text(request),
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2\
         %3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth\
         _timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
    );
}

/// RFC 5849 §3.4.1.2: the port stays where it is not the scheme's own; names and hosts are in small letters.
#[test]
fn rfc_5849_address() {
    for (origin, shown) in [
        ("http://EXAMPLE.COM:80", "GET&http%3A%2F%2Fexample.com%2F"),
        ("HTTPS://www.example.net:8080", "GET&https%3A%2F%2Fwww.example.net%3A8080%2F"),
        ("https://example.net:443", "GET&https%3A%2F%2Fexample.net%2F"),
        ("http://example.net:443", "GET&http%3A%2F%2Fexample.net%3A443%2F"),
        ("http://127.0.0.1:8080", "GET&http%3A%2F%2F127.0.0.1%3A8080%2F"),
        ("http://[::1]:8080", "GET&http%3A%2F%2F%5B%3A%3A1%5D%3A8080%2F"),
    ] {
        let text = text(SignedRequest { origin, path: "/", query: "a=b", method: "get", ..REQUEST });
        assert_eq!(text, format!("{shown}&a%3Db"), "{origin}");
    }
}

#[test]
fn rfc_5849_encoding() {
    assert_eq!(
        percent_encode("azAZ09-._~ +%&=*'ä€😀".as_bytes()),
        "azAZ09-._~%20%2B%25%26%3D%2A%27%C3%A4%E2%82%AC%F0%9F%98%80"
    );
}

/// Signatures that another implementation made (Python's `hmac`).
#[test]
fn signatures() {
    let text = "GET&http%3A%2F%2F127.0.0.1%3A8080%2Fv1%2Ff%2Ftenants&oauth_nonce%3Dn";
    for (algorithm, signature) in [
        (Algorithm::HmacSha1, "Sb1xaCCnb0/M4p2Ov1Xk1cSr/u4="),
        (Algorithm::HmacSha256, "c2nYoeJIrpMpgR63TypQBvG6p2EP0lFhNDALXqCkniU="),
    ] {
        assert_eq!(algorithm.sign("s&cret ü", text), signature);
        assert!(algorithm.is_good("s&cret ü", text, signature));
        assert!(!algorithm.is_good("s&cret u", text, signature));
        assert!(!algorithm.is_good("s&cret ü", &text[1..], signature));
        for bad in ["", "AAAA", "not base64!", &signature[4..]] {
            assert!(!algorithm.is_good("s&cret ü", text, bad), "{bad}");
        }
    }
}

#[test]
fn o1_all_spellings_of_a_query_give_one_text() {
    let texts = ["fields[tenant]=id,username", "fields%5Btenant%5D=id,username", "fields%5Btenant%5D=id%2Cusername"]
        .map(|query| text(SignedRequest { query, ..REQUEST }));
    assert!(texts[0].ends_with("&fields%255Btenant%255D%3Did%252Cusername"), "{}", texts[0]);
    assert!(texts[0] == texts[1] && texts[1] == texts[2]);
    // "+" is a space, a lone "%" stands for itself, empty values and repetitions count, empty pairs do not.
    let odd = text(SignedRequest { query: "b=x+y&&a&a=&c=5%&b=x%20y", ..REQUEST });
    assert!(odd.ends_with("&a%3D%26a%3D%26b%3Dx%2520y%26b%3Dx%2520y%26c%3D5%2525"), "{odd}");
}

#[test]
fn o2_each_word_stands_there_once() {
    assert!(parsed(&header("")).is_some());
    assert!(parsed(&header(", oauth_version=\"1.0\", oauth_token=\"\"")).is_some());
    for missing in
        ["oauth_consumer_key", "oauth_signature_method", "oauth_signature=", "oauth_timestamp", "oauth_nonce"]
    {
        assert!(parsed(&header("").replace(missing, "other=")).is_none(), "{missing}");
    }
    for twice in ["oauth_consumer_key", "oauth_nonce", "oauth_signature", "oauth_version", "oauth_token"] {
        let both = format!(", {twice}=\"\", {twice}=\"\"");
        assert!(parsed(&header(&both)).is_none(), "{twice}");
    }
    assert!(parsed(&header(", oauth_version=\"2.0\"")).is_none());
    assert!(parsed(&header(", oauth_token=\"t\"")).is_none());
    assert!(parsed(&header("").replace("OAuth ", "Bearer ")).is_none());
    assert!(parsed("").is_none());
    // Once means once in the whole request, not once a place.
    let both = SignedRequest { query: "oauth_nonce=m", authorization: &[&header("")], ..REQUEST };
    assert!(params::parse(&both).is_none());
}

#[test]
fn o3_two_algorithms() {
    for (word, known) in
        [("HMAC-SHA1", true), ("HMAC-SHA256", true), ("PLAINTEXT", false), ("RSA-SHA1", false), ("", false)]
    {
        assert_eq!(parsed(&header("").replace("HMAC-SHA1", word)).is_some(), known, "{word}");
    }
}

#[test]
fn o4_times_are_whole_seconds() {
    for (time, good) in [
        ("1", true),
        ("0", false),
        ("-1", false),
        ("1.5", false),
        ("+1", false),
        ("", false),
        ("99999999999999999999", false),
    ] {
        assert_eq!(parsed(&header("").replace("1795278520", time)).is_some(), good, "{time}");
    }
}

#[test]
fn o5_nonces_of_all_clients() {
    let longest = "x".repeat(255);
    for nonce in
        ["ea9ec8429b68d6b77cd5600adbbb0456", "-8376237462837462837", "123456789012345678901234567890", &longest]
    {
        let found = parsed(&header("").replace("\"n\"", &format!("\"{nonce}\""))).unwrap();
        assert_eq!(found.nonce, nonce);
    }
    for bad in ["", &format!("{longest}x"), "a%00b", "%ff", "a%2"] {
        assert!(parsed(&header("").replace("\"n\"", &format!("\"{bad}\""))).is_none(), "{bad}");
    }
}

#[test]
fn o6_query_and_form_carry_them_too() {
    let all =
        "oauth_consumer_key=k&oauth_signature_method=HMAC-SHA1&oauth_signature=c2ln&oauth_timestamp=1&oauth_nonce=n";
    let by_query = params::parse(&SignedRequest { query: all, ..REQUEST }).unwrap();
    let by_form = params::parse(&SignedRequest { form: all.as_bytes(), ..REQUEST }).unwrap();
    assert_eq!(by_query.base, by_form.base);
    assert_eq!((by_query.key.as_str(), by_query.signature.as_str(), by_query.timestamp), ("k", "c2ln", 1));
}

#[test]
fn more_than_anybody_sends_is_refused() {
    let query = "a&".repeat(5_001);
    assert!(params::collect(&SignedRequest { query: &query, ..REQUEST }).is_none());
    assert!(params::collect(&SignedRequest { query: &query[2..], ..REQUEST }).is_some());
}

proptest::proptest! {
    #[test]
    fn reading_never_panics(a in "\\PC{0,80}", q in "\\PC{0,80}", f in proptest::collection::vec(proptest::num::u8::ANY, 0..80)) {
        let _ = params::parse(&SignedRequest { authorization: &[&a, &format!("OAuth {a}")], query: &q, form: &f, ..REQUEST });
    }
}
