//! The nearest of some names to a misspelt one, for messages.

/// Most edits between a misspelt name and a suggestion, for each three characters of the name.
const EDITS_PER_THREE: usize = 1;

/// The name with the fewest edits from `wrong`, if that is few enough to be a slip of the pen.
pub fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (wrong.chars().count() / 3).max(1) * EDITS_PER_THREE;
    let lower = wrong.to_lowercase();
    let edits = |name: &str| strsim::osa_distance(&lower, &name.to_lowercase());
    let near = names.into_iter().map(|name| (edits(name), name)).min_by_key(|(edits, _)| *edits);
    near.filter(|(edits, _)| *edits <= most).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_has_a_suggestion_and_another_word_has_none() {
        let names = ["MirrorURL", "MirrorURLSlave", "HostName", "Condition"];
        for (wrong, expected) in [
            ("MirorURL", Some("MirrorURL")),
            ("mirrorurl", Some("MirrorURL")),
            ("MirrorULR", Some("MirrorURL")),
            ("Hostnames", Some("HostName")),
            ("Conditon", Some("Condition")),
            ("Xyz", None),
            ("", None),
        ] {
            assert_eq!(nearest(wrong, names), expected, "{wrong}");
        }
    }
}
