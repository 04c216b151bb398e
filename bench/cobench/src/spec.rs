//! The origin's name syntax: the first path part that reads as a specification says how the object behaves, what
//! follows is its name. `/x/s4096_d20_r50000000_c/name`: 4096 bytes, first byte after 20 ms, 50 MB/s shared by all
//! connections, chunked. `/e404/name`: that status.

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spec {
    /// `s`: bytes
    pub size: u64,
    /// `d`: milliseconds before the response begins
    pub delay_ms: u64,
    /// `r`: bytes per second over all connections together; 0 = unlimited
    pub rate: u64,
    /// `c`: chunked, without Content-Length
    pub chunked: bool,
    /// `e`: this status in place of 200
    pub status: Option<u16>,
}

impl Spec {
    /// The specification and the rest of the path that begins with it (which identifies the object).
    pub fn find(path: &str) -> Option<(Spec, &str)> {
        let mut rest = path.strip_prefix('/')?;
        loop {
            let part = rest.split('/').next()?;
            if let Some(spec) = Spec::parse(part) {
                return Some((spec, rest));
            }
            rest = rest.split_once('/')?.1;
        }
    }

    fn parse(part: &str) -> Option<Spec> {
        let mut spec = Spec::default();
        if !part.starts_with(['s', 'e']) {
            return None;
        }
        for option in part.split('_') {
            let (letter, value) = option.split_at_checked(1)?;
            match letter {
                "s" => spec.size = value.parse().ok()?,
                "d" => spec.delay_ms = value.parse().ok()?,
                "r" => spec.rate = value.parse().ok()?,
                "c" if value.is_empty() => spec.chunked = true,
                "e" => spec.status = Some(value.parse().ok().filter(|s| (200..600).contains(s))?),
                _ => return None,
            }
        }
        Some(spec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_part_that_reads_as_a_specification_is_it() {
        let check = |path, expected: Option<(Spec, &str)>| assert_eq!(Spec::find(path), expected, "{path}");
        let s = Spec { size: 4096, ..Spec::default() };
        check("/s4096/d0c32_5", Some((s.clone(), "s4096/d0c32_5")));
        check("/sub/x/s4096/s1/n", Some((s.clone(), "s4096/s1/n")));
        let all = Spec { delay_ms: 20, rate: 50_000_000, chunked: true, ..s };
        check("/x/s4096_d20_r50000000_c/name", Some((all, "s4096_d20_r50000000_c/name")));
        check("/x/e404/n", Some((Spec { status: Some(404), ..Spec::default() }, "e404/n")));
        check("/s4096_q1/n", None);
        check("/e1/n", None);
        check("/some/thing", None);
        check("/", None);
        check("", None);
    }
}
