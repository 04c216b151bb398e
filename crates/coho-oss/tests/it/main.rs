//! The dialect as its users see it.

mod fuzz_website;
