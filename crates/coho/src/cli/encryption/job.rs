//! Waiting for a job.

use crate::cli::admin_client::{AdminClient, shown};
use anyhow::{anyhow, bail};
use coho_admin_api::{
    AdminOperation,
    encryption::{EncryptionJob, EncryptionJobOutcome, EncryptionStatus},
};
use std::{thread, time::Duration};

/// Time between two looks at a job.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Waits for the end of the job that has begun.
#[expect(clippy::disallowed_methods, reason = "the state of a job is asked again and again")]
pub(super) fn end_of(client: &AdminClient, begun: EncryptionStatus) -> anyhow::Result<EncryptionJob> {
    let failures = begun.failures;
    let begun = begun.job.or(begun.last_job).ok_or_else(|| anyhow!("the store did not begin a job"))?;
    let is_same =
        |job: &EncryptionJob| (job.kind, &job.key, &job.started_at) == (begun.kind, &begun.key, &begun.started_at);
    loop {
        let status: EncryptionStatus = client.call(AdminOperation::GetEncryption, &[], "")?.json()?;
        if status.job.as_ref().is_some_and(is_same) {
            if let Some(failure) = status.last_failure.filter(|_| status.failures > failures) {
                bail!("the job has failed and continues in a minute: {}", shown(&failure));
            }
            thread::sleep(LOOK_EVERY);
            continue;
        }
        return match status.last_job.filter(is_same) {
            Some(job) => finished(job),
            None => bail!("the job has ended, and another one after it"),
        };
    }
}

/// The job, if it has done what it was to do.
fn finished(job: EncryptionJob) -> anyhow::Result<EncryptionJob> {
    let key = shown(&job.key);
    match job.outcome {
        Some(EncryptionJobOutcome::StillInUse) => {
            let in_use = job.counts.in_use;
            bail!("master key {key} still seals {in_use} data keys or secrets, and stays; rotate first")
        }
        Some(EncryptionJobOutcome::Incomplete) => {
            let example = job.unopened_example.as_deref().unwrap_or("the secret of an access key");
            let unopened = job.counts.unopened;
            bail!(
                "{unopened} data keys or secrets could not be opened and stay as they were, such as {}",
                shown(example)
            )
        }
        Some(EncryptionJobOutcome::Done) | None => Ok(job),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use coho_admin_api::encryption::{EncryptionJobCounts, EncryptionJobKind};

    #[test]
    fn a_job_that_did_not_do_it_all_is_an_error_that_says_why() {
        let check = |outcome, expected: Option<&str>| {
            let job = EncryptionJob {
                kind: EncryptionJobKind::Retire,
                key: "0123".into(),
                started_at: String::new(),
                finished_at: None,
                outcome,
                bucket: None,
                objects: None,
                counts: EncryptionJobCounts { in_use: 3, unopened: 2, ..EncryptionJobCounts::default() },
                unopened_example: Some("b/\u{1b}k".into()),
            };
            let error = finished(job).err().map(|error| error.to_string());
            assert_eq!(error.is_some(), expected.is_some(), "{error:?}");
            assert!(error.unwrap_or_default().contains(expected.unwrap_or_default()));
        };
        check(Some(EncryptionJobOutcome::Done), None);
        check(Some(EncryptionJobOutcome::StillInUse), Some("0123 still seals 3"));
        check(
            Some(EncryptionJobOutcome::Incomplete),
            Some("2 data keys or secrets could not be opened and stay as they were, such as b/\\u{1b}k"),
        );
    }
}
