//! The import maps of a page. They must be inline, so the page's policy names each by its hash.

use sha2::{Digest, Sha256};

/// How an import map begins in our page.
const START: &str = "<script type=\"importmap\">";
/// How it ends.
const END: &str = "</script>";

/// The SHA-256 of each import map: of the text between the tags, as a browser computes it.
pub(crate) fn import_map_hashes(page: &[u8]) -> Vec<[u8; 32]> {
    let Ok(page) = std::str::from_utf8(page) else { return Vec::new() };
    let maps = page.split(START).skip(1).filter_map(|rest| rest.split_once(END));
    maps.map(|(map, _)| Sha256::digest(map.as_bytes()).into()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_between_the_tags_is_hashed() {
        let check = |page: &str, expected: &[&str]| {
            let expected: Vec<[u8; 32]> = expected.iter().map(|map| Sha256::digest(map.as_bytes()).into()).collect();
            assert_eq!(import_map_hashes(page.as_bytes()), expected, "{page}");
        };
        check("<script type=\"importmap\">\n{}\n</script><script src=a></script>", &["\n{}\n"]);
        check("<script>x</script>", &[]);
        check("<script type=\"importmap\">{}", &[]);
        check("<script type=\"importmap\">a</script><script type=\"importmap\">b</script>", &["a", "b"]);
        assert!(import_map_hashes(b"\xff").is_empty());
    }
}
