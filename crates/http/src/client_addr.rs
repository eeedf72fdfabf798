//! Where a request comes from, when there may be proxies in between.

use std::{fmt, net::IpAddr, str::FromStr};

use axum::http::{HeaderMap, HeaderName, header};

/// A network: an address and how many of its bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    network: u128,
    bits: u8,
    v4: bool,
}

impl Cidr {
    /// Whether the address is inside. An IPv4 address in IPv6 clothes counts as IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let (number, v4) = number(address);
        v4 == self.v4 && number & self.mask() == self.network
    }

    const fn mask(&self) -> u128 {
        let width: u32 = if self.v4 { 32 } else { 128 };
        let all = u128::MAX >> (128 - width);
        // A shift by the whole width is an overflow; the mask of /0 is 0.
        match all.checked_shl(width - self.bits as u32) {
            Some(mask) => mask & all,
            None => 0,
        }
    }
}

fn number(address: IpAddr) -> (u128, bool) {
    match address.to_canonical() {
        IpAddr::V4(a) => (u128::from(a.to_bits()), true),
        IpAddr::V6(a) => (a.to_bits(), false),
    }
}

impl FromStr for Cidr {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        let wrong = || format!("`{s}` is neither an address nor a network like 10.0.0.0/8");
        let (address, bits) = s.split_once('/').map_or((s, None), |(a, b)| (a, Some(b)));
        let (number, v4) = number(address.trim().parse().map_err(|_| wrong())?);
        let width = if v4 { 32 } else { 128 };
        let bits = bits.map_or(Ok(width), |b| b.trim().parse().map_err(|_| wrong()))?;
        if bits > width {
            return Err(wrong());
        }
        let all = Self { network: 0, bits, v4 };
        Ok(Self { network: number & all.mask(), ..all })
    }
}

/// Which header the trusted proxies write. Only one is read: a proxy that writes one of them passes a client's other
/// one through untouched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`, what nearly every proxy writes.
    #[default]
    XForwardedFor,
    /// `Forwarded`, RFC 7239.
    Forwarded,
}

impl ForwardedHeader {
    const fn name(self) -> HeaderName {
        match self {
            Self::XForwardedFor => HeaderName::from_static("x-forwarded-for"),
            Self::Forwarded => header::FORWARDED,
        }
    }
}

impl FromStr for ForwardedHeader {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        [Self::XForwardedFor, Self::Forwarded]
            .into_iter()
            .find(|h| h.name().as_str().eq_ignore_ascii_case(s))
            .ok_or_else(|| "must be X-Forwarded-For or Forwarded".to_owned())
    }
}

impl fmt::Display for ForwardedHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name().as_str())
    }
}

/// The proxies whose word about a client's address counts.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    trusted: Vec<Cidr>,
    header: ForwardedHeader,
}

impl Proxies {
    /// These proxies, which write this header.
    #[must_use]
    pub const fn new(trusted: Vec<Cidr>, header: ForwardedHeader) -> Self {
        Self { trusted, header }
    }

    /// Whether the address is a trusted proxy's.
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|net| net.contains(address))
    }

    /// The client: from the peer backwards along the chain of proxies, the first address that is not a trusted
    /// proxy's. What stands further left in the header anybody could have written.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if !self.trusts(client) {
            return client;
        }
        for value in headers.get_all(self.header.name()).iter().rev() {
            for hop in value.to_str().unwrap_or_default().rsplit(',') {
                // A hop that cannot be read ends the chain: the last one known is who we deal with.
                let Some(address) = self.read(hop) else { return client };
                client = address.to_canonical();
                if !self.trusts(client) {
                    return client;
                }
            }
        }
        client
    }

    fn read(&self, hop: &str) -> Option<IpAddr> {
        let node = match self.header {
            ForwardedHeader::XForwardedFor => hop,
            ForwardedHeader::Forwarded => hop
                .split(';')
                .filter_map(|pair| pair.split_once('='))
                .find(|(key, _)| key.trim().eq_ignore_ascii_case("for"))?
                .1
                .trim()
                .trim_matches('"'),
        };
        address(node.trim())
    }
}

/// Reads `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` and `[2001:db8::1]:80`.
fn address(node: &str) -> Option<IpAddr> {
    if let Ok(address) = node.parse() {
        return Some(address);
    }
    match node.strip_prefix('[') {
        Some(v6) => v6.split_once(']')?.0.parse().ok().map(IpAddr::V6),
        None => node.split_once(':')?.0.parse().ok().map(IpAddr::V4),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn ip(s: &str) -> IpAddr {
        s.parse().unwrap()
    }

    #[test]
    fn networks() {
        for (net, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.6"),
            ("192.0.2.130/25", "::ffff:192.0.2.129", "192.0.2.127"),
            ("0.0.0.0/0", "255.1.2.3", "::1"),
            ("::/0", "2001:db8::1", "1.2.3.4"),
            ("2001:db8::/33", "2001:db8:7fff::", "2001:db8:8000::"),
        ] {
            let net: Cidr = net.parse().unwrap();
            assert!(net.contains(ip(inside)) && !net.contains(ip(outside)), "{net:?}");
        }
        for bad in ["", "10.0.0.0/33", "::/129", "10.0.0/8", "proxy", "1.2.3.4/", "1.2.3.4/-1"] {
            bad.parse::<Cidr>().unwrap_err();
        }
    }

    #[test]
    fn the_right_most_untrusted_hop_counts() {
        let nets = || vec!["10.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()];
        let by = |header, peer: &str, lines: &[&str]| {
            let proxies = Proxies::new(nets(), header);
            let headers =
                lines.iter().map(|line| (header.name(), HeaderValue::from_str(line).unwrap())).collect::<HeaderMap>();
            proxies.client(ip(peer), &headers).to_string()
        };
        let x = |peer, lines: &[&str]| by(ForwardedHeader::XForwardedFor, peer, lines);
        assert_eq!(x("192.0.2.1", &["1.1.1.1"]), "192.0.2.1", "a stranger is not believed");
        assert_eq!(x("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(x("10.0.0.1", &["6.6.6.6, 1.1.1.1, 10.0.0.2"]), "1.1.1.1");
        assert_eq!(x("10.0.0.1", &["6.6.6.6", "1.1.1.1:443"]), "1.1.1.1");
        assert_eq!(x("::ffff:10.0.0.1", &["[2001:db8::1]:80"]), "2001:db8::1");
        assert_eq!(x("10.0.0.1", &["1.1.1.1, unknown"]), "10.0.0.1");
        assert_eq!(x("10.0.0.1", &["1.1.1.1, unknown, 10.0.0.9"]), "10.0.0.9");
        assert_eq!(x("10.0.0.1", &["10.0.0.3, 10.0.0.2"]), "10.0.0.3");

        let f = |peer, lines: &[&str]| by(ForwardedHeader::Forwarded, peer, lines);
        assert_eq!(f("::1", &["for=6.6.6.6, For=\"[2001:db8::7]:47011\";proto=https;by=10.0.0.1"]), "2001:db8::7");
        assert_eq!(f("::1", &["for=_hidden, proto=https"]), "::1");
        assert_eq!(f("::1", &["for=1.2.3.4", "by=10.0.0.1;for=10.0.0.4"]), "1.2.3.4");
    }
}
