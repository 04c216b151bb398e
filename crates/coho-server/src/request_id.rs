//! Request ids: 24 upper-case hex characters, the first eight the time in seconds, as OSS has them.

use coho_store::random_u64;
use std::{
    fmt::Write,
    sync::atomic::{AtomicU64, Ordering},
};

/// Makes ids that do not repeat within a process and hardly across processes.
#[derive(Debug)]
pub(crate) struct RequestIds {
    next: AtomicU64,
}

impl RequestIds {
    pub(crate) fn new() -> Self {
        Self { next: AtomicU64::new(random_u64()) }
    }

    /// The next id.
    pub(crate) fn next(&self, unix_s: i64) -> String {
        // An odd multiplier permutes all 64-bit numbers, so that ids look unlike each other and stay unique.
        let number = self.next.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut id = String::with_capacity(24);
        let _ = write!(id, "{:08X}{number:016X}", unix_s as u32);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_form_of_oss_and_do_not_repeat() {
        let ids = RequestIds::new();
        let (one, two) = (ids.next(0x534b_3716), ids.next(0x534b_3716));
        assert_ne!(one, two);
        assert!(one.starts_with("534B3716") && one.len() == 24);
        assert!(one.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()));
    }
}
