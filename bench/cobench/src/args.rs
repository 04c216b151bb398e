//! `--key value` arguments and sizes such as `64k`. A wrong argument panics: these are tools, not services.
use std::collections::HashMap;

pub struct Args(HashMap<String, String>);

impl Args {
    /// `--key value` pairs; a key followed by another key is a flag ("1").
    pub fn parse() -> Args {
        let v: Vec<String> = std::env::args().skip(1).collect();
        let mut m = HashMap::new();
        let mut i = 0;
        while i < v.len() {
            let k = v[i].strip_prefix("--").unwrap_or_else(|| panic!("expected --key, got {}", v[i])).to_string();
            if i + 1 < v.len() && !v[i + 1].starts_with("--") {
                m.insert(k, v[i + 1].clone());
                i += 2;
            } else {
                m.insert(k, "1".into());
                i += 1;
            }
        }
        Args(m)
    }

    /// Panics on a key that is not in `known`, so that a misspelt option does not silently measure something else.
    pub fn only(self, known: &[&str]) -> Args {
        for k in self.0.keys() {
            assert!(known.contains(&k.as_str()), "unknown option --{k}; known: {}", known.join(" "));
        }
        self
    }

    pub fn s(&self, k: &str, d: &str) -> String {
        self.0.get(k).cloned().unwrap_or_else(|| d.to_string())
    }

    pub fn n(&self, k: &str, d: u64) -> u64 {
        self.0.get(k).map_or(d, |x| size(x))
    }

    pub fn f(&self, k: &str, d: f64) -> f64 {
        self.0.get(k).map_or(d, |x| x.parse().unwrap_or_else(|_| panic!("bad number {x}")))
    }

    pub fn has(&self, k: &str) -> bool {
        self.0.contains_key(k)
    }
}

/// "64k" / "1m" / "2g" / plain bytes
pub fn size(x: &str) -> u64 {
    let (n, u) = match x.as_bytes().last() {
        Some(b'k') => (&x[..x.len() - 1], 1u64 << 10),
        Some(b'm') => (&x[..x.len() - 1], 1 << 20),
        Some(b'g') => (&x[..x.len() - 1], 1 << 30),
        _ => (x, 1),
    };
    n.parse::<u64>().unwrap_or_else(|_| panic!("bad number {x}")) * u
}
