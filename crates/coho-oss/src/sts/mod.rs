//! AssumeRole of STS (2015-04-01): its parameters, its answer and its refusals, as JSON and as XML.
//!
//! STS is another service than OSS, with documents and codes of its own. Out of scope: signatures, which `coho-auth` verifies, and
//! every other action.

mod answer;
mod assume_role;
mod refusal;
#[cfg(test)]
mod tests;

pub use answer::{AssumedRole, StsFormat};
pub use assume_role::{ACTION, AssumeRole, VERSION};
pub use refusal::StsRefusal;
