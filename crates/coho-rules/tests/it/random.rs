//! Random choices from a seed, and random configurations and requests in the notation of the tests.
//!
//! The words are few and short, so that rules and requests often match.

/// SplitMix64: a seed yields the same choices on every machine.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<'t>(&mut self, choices: &[&'t str]) -> &'t str {
        choices[self.below(choices.len())]
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.below(end + 1));
        }
    }
}

const KEYS: [&str; 14] = [
    "a",
    "a/",
    "a/b",
    "a/b.jpg",
    "b",
    "b/",
    "index.html",
    "a/index.html",
    "e.html",
    "a%0D%0Ab",
    "%E4%B8%AD",
    "a/../b",
    "//",
    "%25",
];

/// A rule without its number.
fn rule(random: &mut Random) -> String {
    let kind = random.pick(&["Mirror url=http://o/", "Mirror url=http://o/p/", "External", "AliCDN", "Internal"]);
    let mut words = vec![kind.to_owned()];
    if !kind.starts_with("Mirror") {
        words.push(random.pick(&["host=n.test", "status=302", "proto=https", "host=n.test:81 status=307"]).into());
        if random.chance(40) {
            words.push(format!("code={}", random.pick(&["403", "404", "500"])));
        }
        if random.chance(30) {
            words.push("query".into());
        }
    }
    if random.chance(60) {
        words.push(format!("prefix={}", random.pick(&["a", "a/", "b", "b/", "a/b", "i", "e", "%E4"])));
    }
    if random.chance(25) {
        words.push(format!("suffix={}", random.pick(&["b", ".jpg", "l", "/"])));
    }
    if random.chance(25) {
        words.push(random.pick(&["header=x", "header=x equals=1", "header=x starts=1 header=y ends=2"]).into());
    }
    const REWRITINGS: [&str; 10] =
        ["", "", "cut", "with=b/", "with=../", "key=${key}x", "key=a", "md5", "key=/%0D%0A", "with=// cut"];
    // No object key begins with a slash, so an Internal rule with one of the last two is refused.
    let allowed = if kind == "Internal" { &REWRITINGS[..8] } else { &REWRITINGS[..] };
    words.push(random.pick(allowed).into());
    words.join(" ")
}

/// A configuration of up to twenty rules with different numbers.
pub(crate) fn website(random: &mut Random) -> String {
    let mut lines = Vec::new();
    if random.chance(50) {
        let options = random.pick(&["", "subdir", "subdir type=0", "subdir type=1", "subdir type=2", "type=2"]);
        lines.push(format!("index=index.html {options}"));
    }
    if random.chance(50) {
        lines.push(format!("error={}", random.pick(&["e.html", "index.html:200", "a/b:404"])));
    }
    let count = if random.chance(10) { 20 } else { random.below(6) };
    let mut number = 0;
    for _ in 0..count {
        number += 1 + random.below(9);
        lines.push(format!("{number} {}", rule(random)));
    }
    if lines.is_empty() {
        lines.push("index=index.html".into());
    }
    lines.join(";")
}

/// A request.
pub(crate) fn request(random: &mut Random) -> String {
    let method = random.pick(&["GET", "GET", "GET", "HEAD"]);
    let key = if random.chance(10) { "" } else { random.pick(&KEYS) };
    let query = random.pick(&["", "?a=1", "?Signature=x&b", "?%0D%0A"]);
    let access = random.pick(&["", "", "signed", "presigned"]);
    let headers = random.pick(&["", "h:x=1", "h:X=12 h:y=2", "h:y=1"]);
    let host = random.pick(&["", "path host=127.0.0.1:9000", "https", "host=", "host=a/b"]);
    format!("{method} /{key}{query} {access} {headers} {host}")
}

/// The stored objects.
pub(crate) fn world(random: &mut Random) -> String {
    let mut words: Vec<String> = Vec::new();
    for key in KEYS {
        match random.below(6) {
            0 | 1 => words.push(key.into()),
            2 => words.push(format!("403:{key}")),
            _ => {}
        }
    }
    if random.chance(10) {
        words.push(random.pick(&["!500", "!403", "!404"]).into());
    }
    words.push(random.pick(&["", "origin404", "origin424"]).into());
    words.join(" ")
}
