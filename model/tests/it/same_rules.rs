//! The rules of the model of payments are those of the code: for all that the model knows of.

use model::payments::rules::{Heard, PRICE, Status, Step, Word, step};
use money::payments::model::{Event, Happened, PaymentProvider, PaymentStatus};
use money::payments::reports::Report;
use money::payments::rules as code;
use money::payments::told::Told;
use rust_decimal::Decimal;

const STATUSES: [(Status, PaymentStatus); 5] = [
    (Status::Pending, PaymentStatus::Pending),
    (Status::Succeeded, PaymentStatus::Succeeded),
    (Status::Failed, PaymentStatus::Failed),
    (Status::Canceled, PaymentStatus::Canceled),
    (Status::Refunded, PaymentStatus::Refunded),
];

fn in_code(word: Word) -> Happened {
    match word {
        Word::Refused => Happened::Refused,
        Word::Closed => Happened::Abandoned,
        Word::Paid => Happened::Paid,
        Word::Part => Happened::PartlyReturned,
        Word::Back => Happened::Returned,
    }
}

fn in_model(step: code::Step) -> Step {
    let status = |of: PaymentStatus| {
        let known = STATUSES.iter().find(|(_, code)| *code == of);
        known.expect("a status of the model").0
    };
    match step {
        code::Step::Grant => Step::Grant,
        code::Step::TakeBack => Step::TakeBack,
        code::Step::Restore => Step::Restore,
        code::Step::Reopen => Step::Reopen,
        code::Step::Level => Step::Level,
        code::Step::Close(of) => Step::Close(status(of)),
        code::Step::Nothing => Step::Nothing,
    }
}

#[test]
fn every_step_of_the_model_is_that_of_the_code() {
    for (status, of_code) in STATUSES {
        for word in Word::ALL {
            for (is_gone, has_come) in [(false, false), (false, true), (true, false), (true, true)]
            {
                assert_eq!(
                    step(status, word, is_gone, has_come),
                    in_model(code::step(of_code, in_code(word), is_gone, has_come)),
                    "{status:?} {word:?} {is_gone} {has_come}"
                );
            }
        }
    }
}

fn report(word: Word) -> Report {
    let returned = match word {
        Word::Part => Some(Decimal::ONE),
        Word::Back => Some(Decimal::from(PRICE)),
        _ => None,
    };
    Report::of(&Event {
        provider: PaymentProvider::Stripe,
        order_id: String::new(),
        external_id: "1".to_owned(),
        status: format!("{word:?}"),
        happened: in_code(word),
        amount: Decimal::from(PRICE),
        currency: "EUR".to_owned(),
        payer: None,
        refusal: None,
        returned,
        words: serde_json::Value::Null,
    })
}

#[test]
fn every_set_of_words_comes_to_the_same_as_in_the_code() {
    let amount = Decimal::from(PRICE);
    for set in 0..1_u8 << Word::ALL.len() {
        let said = Word::ALL.iter().enumerate();
        let said = said.filter(|(at, _)| set & (1 << at) != 0);
        let said: Vec<Word> = said.map(|(_, word)| *word).collect();
        let heard = said
            .iter()
            .fold(Heard::default(), |all, word| all.and(*word));
        let reports: Vec<Report> = said.iter().copied().map(report).collect();
        let told = Told::of(&reports, amount);
        // Without refunds of our own.
        assert_eq!(
            told.gone(amount, Default::default()),
            heard.gone().into(),
            "{said:?}"
        );
        assert_eq!(told.has_come(), heard.has(Word::Paid), "{said:?}");
    }
}
