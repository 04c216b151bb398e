//! The life of a fetch, from top to bottom.
//!
//! 1. Take the fill token of the key: from here on, every write of the key revokes it.
//! 2. Look again: a write before the token is seen by this lookup, or by the one of the request.
//! 3. Ask the rule's origins until one answers ([`OriginRequester`](crate::origin_requester::OriginRequester)).
//! 4. Judge the answer: the object, an answer to pass through, or a failure ([`judge`]).
//! 5. Receive the body while readers read it, over as many connections as it takes ([`BodyReceiver`]).
//! 6. Commit: publish the object if the token is still held.
//!
//! A fetch belongs to no connection of a client: it runs to its end when all readers have left.

use crate::{
    FetchRequest, MirrorFailure,
    fetch_context::FetchContext,
    flight_state::{FetchOutcome, OpenedObject},
    judge::{OriginObject, OriginVerdict, judge},
    receive::BodyReceiver,
};
use coho_model::{FillToken, ObjectRecord, TrafficCounter};
use coho_store::{Fill, Filled};
use std::sync::Arc;

/// Largest body that is received on the thread that asked for it: moving it to another thread costs more than receiving
/// it. A larger one could block the connections of the thread when the disk is slow.
const LIGHT_BYTES: u64 = 8 << 20;

/// Runs a fetch to its end.
pub(crate) async fn run(context: &Arc<FetchContext>) -> FetchOutcome {
    let token = match take_token(context).await {
        Ok(token) => token,
        Err(failure) => return FetchOutcome::Failed(failure),
    };
    let without_body = match look_again(context).await {
        Ok(Some(record)) => FetchOutcome::Present(record),
        Ok(None) => match ask_and_judge(context).await {
            Ok(OriginVerdict::Object(object)) => return fill(context, token, *object).await,
            Ok(OriginVerdict::Passed(passed)) => FetchOutcome::Passed(Arc::new(passed)),
            Err(failure) => FetchOutcome::Failed(failure),
        },
        Err(failure) => FetchOutcome::Failed(failure),
    };
    return_token(context, token).await;
    without_body
}

/// Stage 1. A fetch for its readers only has no token.
async fn take_token(context: &FetchContext) -> Result<Option<FillToken>, MirrorFailure> {
    if !context.flight.stores() {
        return Ok(None);
    }
    let FetchRequest { bucket, key, .. } = &*context.request;
    let token = context.environment.store.begin_fill(bucket, key).await?;
    context.flight.set_token(token);
    Ok(Some(token))
}

async fn return_token(context: &FetchContext, token: Option<FillToken>) {
    if let Some(token) = token {
        let FetchRequest { bucket, key, .. } = &*context.request;
        context.environment.store.end_fill(bucket, key, token).await;
    }
}

/// Stage 2, unless the lookup of the request still holds.
async fn look_again(context: &FetchContext) -> Result<Option<Arc<ObjectRecord>>, MirrorFailure> {
    let FetchRequest { bucket, key, missing, .. } = &*context.request;
    let store = &context.environment.store;
    if let Some(lookup) = missing
        && store.holds_lookup(lookup, bucket, key).await?
    {
        return Ok(None);
    }
    Ok(store.object(bucket, key).await?.filter(|object| !context.request.is_damaged(object)))
}

/// Once for each fetch, however many requests have found the object damaged.
fn report_damage(context: &FetchContext) {
    let FetchRequest { bucket, key, rule_number, request_id, .. } = &*context.request;
    context.metrics.count("damaged");
    context.environment.store.events().damaged(&bucket.name, key);
    tracing::warn!(
        request.id = &**request_id,
        bucket.name = bucket.name.as_str(),
        object.key = key.as_str(),
        rule = rule_number,
        "the stored bytes of a mirrored object are damaged: it is fetched again"
    );
}

/// Stages 3 and 4.
async fn ask_and_judge(context: &FetchContext) -> Result<OriginVerdict, MirrorFailure> {
    context.metrics.count("fetch");
    context.count_traffic(TrafficCounter::Fetches, 1);
    if context.request.damaged.is_some() {
        report_damage(context);
    }
    let answer = context.requester().first_answer().await?;
    judge(context, answer).await
}

/// Stages 5 and 6, on the thread of the request or, for a large body, on the runtime for bodies.
async fn fill(context: &Arc<FetchContext>, token: Option<FillToken>, object: OriginObject) -> FetchOutcome {
    let FetchRequest { bucket, key, .. } = &*context.request;
    let (store, limit) = (context.environment.store.clone(), context.environment.options.max_object_bytes);
    let fill = Fill::new(store, bucket.clone(), key.clone(), token, object.fill_head(), limit)
        .replacing(context.request.damaged.clone());
    let is_light = object.head.length.is_some_and(|length| length <= LIGHT_BYTES);
    let filled = if is_light {
        receive_and_commit(context, fill, object).await
    } else {
        let context = context.clone();
        let body_runtime = context.environment.body_runtime.clone();
        let received = body_runtime.spawn(async move { receive_and_commit(&context, fill, object).await });
        // Without a result only when the runtime shuts down.
        received.await.unwrap_or_else(|_| Err(MirrorFailure::aborted()))
    };
    filled.unwrap_or_else(FetchOutcome::Failed)
}

async fn receive_and_commit(
    context: &FetchContext,
    mut fill: Fill,
    object: OriginObject,
) -> Result<FetchOutcome, MirrorFailure> {
    let opened = OpenedObject {
        head: Arc::new(object.head.clone()),
        body: fill.body(),
        resume: Arc::new(object.resume.clone()),
    };
    let received = match fill.admit().await {
        Ok(()) => {
            let receiver = BodyReceiver::new(context, &mut fill, &opened, object);
            let received = tokio::time::timeout(context.environment.options.total_timeout, receiver.run()).await;
            received.unwrap_or_else(|_| Err(MirrorFailure::Body("the body exceeded its total time".into())))
        }
        Err(error) => Err(error.into()),
    };
    if let Err(failure) = received {
        fill.abandon(&failure.to_string()).await;
        return Err(failure);
    }
    commit(context, fill, opened).await
}

/// Stage 6. Readers of a body that came in one piece, or of an empty one, wait for the head until here; they send it before
/// the object is published.
async fn commit(context: &FetchContext, fill: Fill, opened: OpenedObject) -> Result<FetchOutcome, MirrorFailure> {
    if context.flight.commit(opened) {
        context.metrics.first_byte(context.trace.elapsed());
    }
    tokio::task::yield_now().await;
    if !context.flight.stores() {
        fill.release().await?;
        return Ok(FetchOutcome::ReadersOnly);
    }
    match fill.commit().await? {
        Filled::Stored(record) => {
            if context.request.damaged.is_some() {
                context.metrics.count("repaired");
            }
            Ok(FetchOutcome::Stored(record))
        }
        Filled::Overtaken => Ok(FetchOutcome::Overtaken),
        Filled::Md5Mismatch => Err(MirrorFailure::Md5),
    }
}
