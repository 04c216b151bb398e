//! Loop detection between mirroring servers: every request to an origin lists the servers that it came through.

use http::HeaderValue;

/// The request header with the ids of the servers that a fetch came through, separated by spaces.
pub const HOP_HEADER: &str = "x-coho-mirror-hop";
/// Servers in the hop header at which a request counts as a loop.
const MAX_MIRROR_HOPS: usize = 10;

/// Whether a request with this hop header has come through this server before, or through too many.
pub(crate) fn is_loop(hops: &HeaderValue, own: &str) -> bool {
    let mut hops = hops.as_bytes().split(|byte| *byte == b' ');
    hops.clone().count() >= MAX_MIRROR_HOPS || hops.any(|hop| hop == own.as_bytes())
}

/// The hop header of a request that this server makes on behalf of one with the header `hops`.
pub(crate) fn with_own(hops: Option<&HeaderValue>, own: &str) -> Option<HeaderValue> {
    let mut chain = hops.map_or_else(Vec::new, |hops| [hops.as_bytes(), b" "].concat());
    chain.extend_from_slice(own.as_bytes());
    HeaderValue::from_bytes(&chain).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_is_a_second_visit_or_a_chain_that_is_too_long() {
        for (hops, expected) in [
            ("", false),
            ("a", false),
            ("own", true),
            ("a own b", true),
            ("owner a", false),
            ("1 2 3 4 5 6 7 8 9", false),
            ("1 2 3 4 5 6 7 8 9 10", true),
        ] {
            assert_eq!(is_loop(&HeaderValue::from_static(hops), "own"), expected, "{hops}");
        }
    }

    #[test]
    fn each_server_appends_itself() {
        let first = with_own(None, "a").unwrap();
        assert_eq!((&first, &with_own(Some(&first), "b").unwrap()), (&"a".parse().unwrap(), &"a b".parse().unwrap()));
    }
}
