//! Whole conversations with the bot, in each of its languages. What a person does and what the bot answers
//! stands in `fixtures/conversations/<scenario>.<language>.txt`, to be read aloud. `WRITE_CONVERSATIONS=1`
//! writes the files anew.

mod recorded;
mod talk;

use audit::model::Origin;
use bot::support;
use kernel::Language;
use world::{TestApp, World};

use talk::Talk;

/// The world of a conversation: what a stranger finds, with a plan of one reading a day if `limited`.
async fn app(limited: bool, name: &str) -> anyhow::Result<TestApp> {
    let mut world = World::new().await?;
    if let Some(folder) = recorded::folder() {
        recorded::record(&mut world, &folder.join(format!("{name}.jsonl"))).await?;
    }
    let app = TestApp::start_in(world).await?;
    app.without_consents().await?;
    if limited {
        app.sql("UPDATE plan_limits SET day_limit = 1 WHERE tier = 'FREE' AND unit = 'analyses'")
            .await?;
    }
    Ok(app)
}

/// The way in, a reading, a question about it, what a bot cannot do, thanks.
async fn first_day(talk: &mut Talk<'_>) -> anyhow::Result<()> {
    talk.writes("/start").await?;
    talk.presses("consent:agree").await?;
    talk.writes_in([
        "What will the week bring?",
        "Что принесёт неделя?",
        "这周会怎么样？",
    ])
    .await?;
    talk.sends_a_cup("").await?;
    talk.writes_in([
        "Will the journey go well?",
        "Удачной ли будет поездка?",
        "这次旅行会顺利吗？",
    ])
    .await?;
    talk.presses("rate:5").await?;
    talk.writes_in(["thank you", "спасибо", "谢谢"]).await?;
    talk.writes("/history").await?;
    talk.writes("/help").await?;
    talk.writes("/unknown").await
}

/// The end of a limit, a month for Stars, the settings.
async fn purchase(talk: &mut Talk<'_>) -> anyhow::Result<()> {
    talk.writes("/start").await?;
    talk.presses("consent:agree").await?;
    talk.sends_a_cup("").await?;
    talk.sends_a_cup("").await?;
    talk.presses("plans:show").await?;
    talk.presses("plans:buy:BASIC").await?;
    talk.pays().await?;
    talk.writes("/plans").await?;
    talk.writes("/settings").await
}

/// A complaint about a payment, an operator's answer, the money back.
async fn complaint(talk: &mut Talk<'_>) -> anyhow::Result<()> {
    talk.writes("/start").await?;
    talk.presses("consent:agree").await?;
    talk.writes("/plans").await?;
    talk.presses("plans:buy:BASIC").await?;
    let charge = talk.pays().await?;
    talk.writes("/paysupport").await?;
    talk.writes_in([
        "I paid by mistake. Please give me the money back.",
        "Я заплатила по ошибке. Верните, пожалуйста, деньги.",
        "我误付了款，请退款。",
    ])
    .await?;
    let answer = talk.own([
        "Of course. You get your Stars back in a moment.",
        "Конечно. Звёзды вернутся к вам через минуту.",
        "当然可以，您的星星马上退回。",
    ]);
    let app = talk.app;
    let answered = async || {
        let by = (&Origin::own("conversation"), "operator");
        let (_, ticket) = support::close(&mut *app.db().await?, 1, Some(answer), by).await?;
        app.core.pusher.wake(ticket.as_slice()).await;
        Ok(())
    };
    talk.meanwhile("an operator answers", answered()).await?;
    talk.meanwhile(
        "and gives the Stars back",
        app.world.chat(7).gets_back(&charge),
    )
    .await?;
    talk.writes("/delete").await
}

/// Plays a scenario in each language, in a world of its own.
async fn play(
    name: &str,
    limited: bool,
    scenario: impl AsyncFn(&mut Talk<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    for language in [Language::En, Language::Ru, Language::Zh] {
        let app = app(limited, &format!("{name}.{}", language.code())).await?;
        let worker = app.worker()?;
        let mut talk = Talk::new(&app, language);
        scenario(&mut talk).await?;
        talk.ends(name)?;
        worker.stop().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_day_goes_as_written() -> anyhow::Result<()> {
    play("first-day", false, first_day).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_and_a_purchase_go_as_written() -> anyhow::Result<()> {
    play("purchase", true, purchase).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_and_a_refund_go_as_written() -> anyhow::Result<()> {
    play("complaint", false, complaint).await
}
