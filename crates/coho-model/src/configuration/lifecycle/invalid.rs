//! Why a lifecycle document cannot be stored.

use std::borrow::Cow;

/// A lifecycle document that cannot be stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InvalidLifecycle {
    /// What kind of fault.
    pub fault: LifecycleFault,
    /// The text for the client.
    pub message: Cow<'static, str>,
}

/// The kinds of faults, as OSS tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LifecycleFault {
    /// Two rules have the same id.
    RepeatedId,
    /// A transition leads to a class that is none, or that it cannot lead to.
    StorageClass,
    /// A transition has both days and a date.
    TransitionTimes,
    /// An expiration has no time.
    NoExpirationTime,
    /// An expiration has more than one time.
    ExpirationTimes,
    /// Two transitions of objects that both rules match lead to the same class.
    TransitionOverlap,
    /// Days and dates stand beside each other for the same objects.
    MixedTimes,
    /// A later action would come before an earlier one.
    Order,
    /// Two rules have the same action for objects that both match.
    Overlap,
    /// A number of days is not a positive integer.
    Days,
    /// A date is not midnight in UTC.
    Date,
    /// Another value is not valid.
    Value,
    /// The document has not the form of one.
    Form,
}

impl InvalidLifecycle {
    /// A fault with its text.
    pub fn new(fault: LifecycleFault, message: impl Into<Cow<'static, str>>) -> Self {
        Self { fault, message: message.into() }
    }

    pub(super) fn value(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(LifecycleFault::Value, message)
    }
}
