//! Messages of the bot that belong to no reading.

mod answer_request;
mod limit_free;
mod send_notice;

use bot::jobs::{SendNotice, SendNoticeV1, SendNoticeV2, SendNoticeV3, SendNoticeV4};
use bot::reminders::LimitFree;
use bot::support::AnswerRequest;

use crate::state::WorkerState;
use runtime::handler::Registration;

/// The handlers of this feature.
pub(crate) const HANDLERS: &[Registration<WorkerState>] = &[
    Registration::of::<SendNotice>(),
    Registration::of::<SendNoticeV4>(),
    Registration::of::<SendNoticeV3>(),
    Registration::of::<SendNoticeV2>(),
    Registration::of::<SendNoticeV1>(),
    Registration::of::<LimitFree>(),
    Registration::of::<AnswerRequest>(),
];
