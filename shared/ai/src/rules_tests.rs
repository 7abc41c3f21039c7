use serde_json::json;

use super::*;
use vendors::ai::catalogue::{Catalogue, Price};
use vendors::ai::{Message, Schema, Vendor};

fn model(price: Price) -> Model {
    Model {
        vendor: Vendor::OpenRouter,
        name: "example".to_owned(),
        context: 32_768,
        max_output: 8_192,
        vision: true,
        price,
    }
}

fn request(text: &str) -> Request {
    Request {
        step: Step::Interpretation,
        system: String::new(),
        messages: vec![Message::user(text)],
        schema: None,
    }
}

#[test]
fn a_call_that_may_be_paid_for_is_not_repeated_with_the_same_model() {
    for kind in [Kind::Timeout, Kind::Interrupted, Kind::Protocol] {
        assert_eq!(after_failure(kind, 1, 0.5), Next::Other);
    }
}

#[test]
fn a_short_requested_wait_is_granted_once_and_a_long_one_is_not() {
    let limited = |seconds| Kind::RateLimited(Some(Duration::from_secs(seconds)));
    match after_failure(limited(2), 1, 0.0) {
        Next::Same(wait) => assert!(wait >= Duration::from_secs(2)),
        Next::Other => panic!("it does not wait"),
    }
    assert_eq!(after_failure(limited(2), 2, 0.0), Next::Other);
    assert_eq!(after_failure(limited(60), 1, 0.0), Next::Other);
    assert_eq!(after_failure(Kind::RateLimited(None), 1, 0.0), Next::Other);
}

#[test]
fn a_5xx_is_retried_once_and_then_another_model_is_called() {
    assert!(matches!(
        after_failure(Kind::Transient, 1, 0.0),
        Next::Same(_)
    ));
    assert_eq!(after_failure(Kind::Transient, 2, 0.0), Next::Other);
}

/// Counts of OpenAI's cl100k_base, which has the shortest tokens of those in use, by npm
/// `gpt-tokenizer`.
#[test]
fn no_text_has_more_tokens_than_are_reserved_for_it() {
    for (text, tokens) in [
        ("The quick brown fox jumps over the lazy dog.", 10),
        (
            "Съешь же ещё этих мягких французских булок, да выпей чаю.",
            36,
        ),
        ("咖啡渣在杯底留下的图案像一只展翅的鸟。", 30),
    ] {
        assert!(
            input_tokens_at_most(&request(text)) - 2 * 16 >= tokens,
            "{text}"
        );
    }
}

#[test]
fn the_schema_and_the_pictures_are_counted() {
    let plain = input_tokens_at_most(&request("x"));
    let mut pictured = request("x");
    pictured.messages[0].image = Some(bytes::Bytes::from_static(b"jpeg"));
    assert_eq!(input_tokens_at_most(&pictured), plain + 1_600);
    let mut formed = request("x");
    formed.schema = Some(Schema {
        name: "s",
        schema: json!({ "type": "object" }),
    });
    assert!(input_tokens_at_most(&formed) > plain);
}

#[test]
fn however_many_models_never_answer_the_step_ends_in_time() {
    let (step, longest) = (Duration::from_secs(70), Duration::from_secs(45));
    for models in 1..12 {
        let mut left = step;
        let mut asked = 0;
        for at in 0..models {
            let Some(time) = time_for_call(left, longest, at + 1 < models) else {
                break;
            };
            assert!(time >= SHORTEST_CALL && time <= longest && time <= left);
            left -= time;
            asked += 1;
        }
        assert!(asked >= models.min(3), "{asked} of {models} were called");
    }
    assert_eq!(time_for_call(Duration::from_secs(1), longest, false), None);
}

/// Computed manually: 1,000 tokens at 0.15 dollars a million are 150 millionths; 500 at 0.60 are 300.
#[test]
fn a_call_costs_what_the_provider_says_or_else_its_tokens_and_never_nothing_for_not_knowing() {
    let model = model(Price {
        input: 150_000,
        output: 600_000,
    });
    let usage = |cost| Usage {
        input_tokens: 1_000,
        output_tokens: 500,
        cost_micro_usd: cost,
    };
    let cost = |usage| cost(usage, &model).map(|cost| (cost.micro_usd, cost.source));
    assert_eq!(cost(Some(usage(None))), Some((450, CostSource::Priced)));
    assert_eq!(cost(Some(usage(Some(7)))), Some((7, CostSource::Reported)));
    assert_eq!(cost(None), None);
    // More than a reading can cost: 20,000 dollars, or four thousand million tokens.
    assert_eq!(cost(Some(usage(Some(20_000_000_000)))), None);
    let many = Usage {
        input_tokens: u32::MAX,
        output_tokens: u32::MAX,
        cost_micro_usd: None,
    };
    assert_eq!(cost(Some(many)), None);
}

#[test]
fn what_is_reserved_covers_the_longest_answer() {
    let model = model(Price {
        input: 0,
        output: 1_000_000,
    });
    assert_eq!(reservation(&request("x"), &model), 4_000);
    assert_eq!(reservation(&request("x"), &Catalogue::offline()), 0);
}

#[test]
fn a_refused_key_is_for_operators_and_a_withdrawn_model_blocks_no_other() {
    let why = |kind| Vendor::OpenRouter.error(kind, "why");
    for kind in [Kind::Auth, Kind::Withdrawn] {
        assert!(is_for_operators(kind));
        assert!(!may_pass(&why(kind)), "{kind:?}");
    }
    assert_eq!(sign(Kind::Auth), Sign::Refusing);
    assert_eq!(sign(Kind::Withdrawn), Sign::Alive);
    for kind in [Kind::Transient, Kind::Timeout, Kind::RateLimited(None)] {
        assert!(!is_for_operators(kind));
        assert!(may_pass(&why(kind)), "{kind:?}");
    }
    assert!(!may_pass(&why(Kind::Rejected)));
}
