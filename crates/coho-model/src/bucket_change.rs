//! Changes to one bucket, and their effects.

use crate::{
    BucketAcl, BucketConfigurations, BucketId, BucketName, BucketRecord, ConfigurationChange, DataRedundancy,
    MirrorPolicy, MirrorSetting, Refusal, StorageClass, Timestamp, WebsiteCondition, WebsiteEdit, WebsiteTag,
    website::{ExclusionChange, WebsiteConfiguration, check_exclusion},
};
use std::sync::Arc;

/// Maximum number of buckets of one owner.
pub const MAX_BUCKETS_PER_OWNER: usize = 1000;

/// A change to the bucket of a given name.
#[derive(Debug, Clone, PartialEq)]
pub enum BucketChange {
    /// PutBucket. Repeating it with the same settings succeeds and may change the ACL.
    Create(NewBucket),
    /// DeleteBucket.
    Delete,
    /// PutBucketAcl.
    SetAcl(BucketAcl),
    /// PutBucketWebsite; `None` removes it (DeleteBucketWebsite).
    SetWebsite(Option<Arc<WebsiteConfiguration>>, WebsiteEdit),
    /// The website of a start-up option: written only if the bucket has none.
    SetWebsiteIfNone(Arc<WebsiteConfiguration>, WebsiteEdit),
    /// How the bucket fetches from its origins: changes only the listed settings.
    SetMirror(Vec<MirrorSetting>),
    /// Replaces one of the other configurations.
    Configure(ConfigurationChange),
}

/// A bucket to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBucket {
    /// The id of the new bucket.
    pub id: BucketId,
    /// The account that creates it.
    pub owner: Arc<str>,
    /// The creation time.
    pub created: Timestamp,
    /// The ACL, if the request has one.
    pub acl: Option<BucketAcl>,
    /// The storage class, if the request has one.
    pub storage_class: Option<StorageClass>,
    /// The redundancy type, if the request has one.
    pub redundancy: Option<DataRedundancy>,
}

/// The stored state that a bucket change is applied to.
#[derive(Debug, Clone, Copy)]
pub struct BucketFound<'a> {
    /// The bucket of that name.
    pub bucket: Option<&'a BucketRecord>,
    /// Whether the bucket has objects or uploads; used by a deletion only.
    pub occupied: bool,
    /// The number of buckets of the new owner; used by a creation only.
    pub owned: usize,
    /// The id of the newest version of the bucket's website, 0 without one; used by changes of a website with a condition only.
    pub website_version: u64,
}

/// The effects of a bucket change.
#[derive(Debug, Clone, PartialEq)]
pub enum BucketEffects {
    /// Nothing changes.
    Keep,
    /// The record is written, new or changed.
    Write(Arc<BucketRecord>),
    /// The record is written, and its website becomes the next version of the bucket's history, which keeps the newest ones.
    WriteWebsite(Arc<BucketRecord>, WebsiteEdit),
    /// The bucket is removed, and its history with it.
    Remove(BucketId),
}

impl BucketFound<'_> {
    fn meets(&self, bucket: &BucketRecord, condition: &WebsiteCondition) -> bool {
        let state = WebsiteTag { bucket: bucket.id, version: self.website_version };
        condition.holds(state, bucket.website.is_some())
    }
}

impl BucketChange {
    /// Whether the decision needs the version of the bucket's website.
    pub fn needs_website_version(&self) -> bool {
        matches!(self, Self::SetWebsite(_, edit) if matches!(edit.condition, WebsiteCondition::OneOf(_)))
    }

    /// Decides the effects of the change.
    pub fn apply(&self, name: &BucketName, found: BucketFound<'_>) -> Result<BucketEffects, Refusal> {
        if let Self::Create(new) = self {
            return new.apply(name, found);
        }
        let bucket = found.bucket.ok_or(Refusal::NoSuchBucket)?;
        let write = |changed| Ok(BucketEffects::Write(Arc::new(changed)));
        match self {
            Self::Create(_) => Ok(BucketEffects::Keep),
            Self::Delete if found.occupied => Err(Refusal::BucketNotEmpty),
            Self::Delete => Ok(BucketEffects::Remove(bucket.id)),
            Self::SetAcl(acl) => write(BucketRecord { acl: *acl, ..bucket.clone() }),
            Self::SetWebsite(_, edit) if !found.meets(bucket, &edit.condition) => Err(Refusal::WebsiteConditionFailed),
            // A repeated put adds no version: clients that retry would push the others out.
            Self::SetWebsite(website, _) if *website == bucket.website => Ok(BucketEffects::Keep),
            Self::SetWebsite(website, edit) => write_website(bucket, website.clone(), edit),
            Self::SetMirror(settings) => {
                let mirror = settings.iter().fold(bucket.mirror.clone(), |policy, setting| policy.with(*setting));
                write(BucketRecord { mirror, ..bucket.clone() })
            }
            Self::Configure(change) => {
                if let ConfigurationChange::Versioning(versioning) = change {
                    let has_rules = bucket.website.as_ref().is_some_and(|website| website.has_rules());
                    check_exclusion(has_rules, *versioning, ExclusionChange::Versioning)?;
                }
                let configurations = Arc::new(bucket.configurations.with(change));
                write(BucketRecord { configurations, ..bucket.clone() })
            }
            Self::SetWebsiteIfNone(..) if bucket.website.is_some() => Ok(BucketEffects::Keep),
            Self::SetWebsiteIfNone(website, edit) => write_website(bucket, Some(website.clone()), edit),
        }
    }
}

fn write_website(
    bucket: &BucketRecord,
    website: Option<Arc<WebsiteConfiguration>>,
    edit: &WebsiteEdit,
) -> Result<BucketEffects, Refusal> {
    let has_rules = website.as_ref().is_some_and(|website| website.has_rules());
    check_exclusion(has_rules, bucket.versioning(), ExclusionChange::Website)?;
    Ok(BucketEffects::WriteWebsite(Arc::new(BucketRecord { website, ..bucket.clone() }), edit.clone()))
}

impl NewBucket {
    fn apply(&self, name: &BucketName, found: BucketFound<'_>) -> Result<BucketEffects, Refusal> {
        let Some(old) = found.bucket else {
            if found.owned >= MAX_BUCKETS_PER_OWNER {
                return Err(Refusal::TooManyBuckets(found.owned));
            }
            return Ok(BucketEffects::Write(Arc::new(BucketRecord {
                id: self.id,
                name: name.clone(),
                owner: self.owner.clone(),
                created: self.created,
                acl: self.acl.unwrap_or_default(),
                storage_class: self.storage_class.unwrap_or_default(),
                redundancy: self.redundancy.unwrap_or_default(),
                website: None,
                mirror: MirrorPolicy::default(),
                configurations: Arc::new(BucketConfigurations::default()),
            })));
        };
        let same = old.owner == self.owner
            && self.storage_class.is_none_or(|class| class == old.storage_class)
            && self.redundancy.is_none_or(|redundancy| redundancy == old.redundancy);
        match self.acl {
            _ if !same => Err(Refusal::BucketAlreadyExists(name.clone())),
            Some(acl) if acl != old.acl => Ok(BucketEffects::Write(Arc::new(BucketRecord { acl, ..old.clone() }))),
            _ => Ok(BucketEffects::Keep),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> BucketName {
        BucketName::parse("bucket").unwrap()
    }

    fn new(owner: &str, acl: Option<BucketAcl>, class: Option<StorageClass>) -> BucketChange {
        let created = Timestamp::from_unix_ms(0);
        let (owner, id) = (owner.into(), BucketId(1));
        BucketChange::Create(NewBucket { id, owner, created, acl, storage_class: class, redundancy: None })
    }

    fn apply(change: &BucketChange, bucket: Option<&BucketRecord>) -> Result<BucketEffects, Refusal> {
        change.apply(&name(), BucketFound { bucket, occupied: false, owned: 0, website_version: 7 })
    }

    fn edit() -> WebsiteEdit {
        WebsiteEdit { author: "me".into(), condition: WebsiteCondition::Any, keep: 3 }
    }

    fn record() -> BucketRecord {
        match apply(&new("me", None, None), None) {
            Ok(BucketEffects::Write(record)) => (*record).clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_the_owner_may_create_a_bucket_again() {
        let old = record();
        let taken = Err(Refusal::BucketAlreadyExists(name()));
        assert_eq!(apply(&new("me", None, Some(StorageClass::Standard)), Some(&old)), Ok(BucketEffects::Keep));
        assert_eq!(apply(&new("me", None, Some(StorageClass::Ia)), Some(&old)), taken);
        assert_eq!(apply(&new("you", None, None), Some(&old)), taken);
        let open = BucketRecord { acl: BucketAcl::PublicRead, ..old.clone() };
        let effects = apply(&new("me", Some(BucketAcl::PublicRead), None), Some(&old));
        assert_eq!(effects, Ok(BucketEffects::Write(Arc::new(open))));
    }

    #[test]
    fn limits_and_absence_are_refused_by_name() {
        let full = BucketFound { bucket: None, occupied: false, owned: MAX_BUCKETS_PER_OWNER, website_version: 0 };
        let refused = new("me", None, None).apply(&name(), full);
        assert_eq!(refused, Err(Refusal::TooManyBuckets(MAX_BUCKETS_PER_OWNER)));
        for change in
            [BucketChange::Delete, BucketChange::SetAcl(BucketAcl::Private), BucketChange::SetWebsite(None, edit())]
        {
            assert_eq!(apply(&change, None), Err(Refusal::NoSuchBucket));
        }
        let old = record();
        let occupied = BucketFound { bucket: Some(&old), occupied: true, owned: 1, website_version: 0 };
        assert_eq!(BucketChange::Delete.apply(&name(), occupied), Err(Refusal::BucketNotEmpty));
        assert_eq!(apply(&BucketChange::Delete, Some(&old)), Ok(BucketEffects::Remove(old.id)));
    }

    #[test]
    fn a_start_up_website_never_replaces_an_existing_one() {
        let website = Arc::new(WebsiteConfiguration::default());
        let change = BucketChange::SetWebsiteIfNone(website.clone(), edit());
        let old = record();
        let Ok(BucketEffects::WriteWebsite(with, _)) = apply(&change, Some(&old)) else { panic!("written") };
        assert_eq!(with.website, Some(website));
        assert_eq!(apply(&change, Some(&with)), Ok(BucketEffects::Keep));
    }
    #[test]
    fn a_website_is_a_version_only_if_it_changes() {
        let (website, old) = (Some(Arc::new(WebsiteConfiguration::default())), record());
        let with = Arc::new(BucketRecord { website: website.clone(), ..old.clone() });
        let check = |bucket: &BucketRecord, set: &Option<Arc<WebsiteConfiguration>>, expected| {
            assert_eq!(apply(&BucketChange::SetWebsite(set.clone(), edit()), Some(bucket)), Ok(expected), "{set:?}");
        };
        check(&old, &None, BucketEffects::Keep);
        check(&old, &website, BucketEffects::WriteWebsite(with.clone(), edit()));
        check(&with, &website, BucketEffects::Keep);
        check(&with, &None, BucketEffects::WriteWebsite(Arc::new(old.clone()), edit()));
    }

    #[test]
    fn a_website_changes_only_in_the_state_that_its_editor_has_seen() {
        let (website, old) = (Some(Arc::new(WebsiteConfiguration::default())), record());
        let with = BucketRecord { website: website.clone(), ..old.clone() };
        let is = |bucket, version| WebsiteCondition::OneOf(vec![WebsiteTag { bucket: BucketId(bucket), version }]);
        for (bucket, condition, holds) in [
            (&with, is(1, 7), true),
            (&with, is(1, 6), false),
            (&with, is(2, 7), false),
            (&with, WebsiteCondition::Missing, false),
            (&with, WebsiteCondition::Exists, true),
            (&old, WebsiteCondition::Missing, true),
            (&old, WebsiteCondition::Exists, false),
        ] {
            let change =
                BucketChange::SetWebsite(website.clone(), WebsiteEdit { condition: condition.clone(), ..edit() });
            let refused = apply(&change, Some(bucket)) == Err(Refusal::WebsiteConditionFailed);
            assert_eq!(refused, !holds, "{condition:?}");
        }
    }
}
