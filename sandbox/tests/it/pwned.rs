//! Pwned Passwords: ranges of hashes, filled up where that is asked for.

use serde_json::json;

use crate::stage::Stage;

/// Of the documentation: the hash of "password" begins with 5BAA6 and ends so.
const REST: &str = "1E4C9B93F3F0682250B6CF8331B7EE68FD8";

async fn range(stage: &Stage, prefix: &str, padded: bool) -> (u16, Vec<String>) {
    let mut call = stage
        .client
        .get(stage.url(&format!("/pwned/range/{prefix}")));
    if padded {
        call = call.header("Add-Padding", "true");
    }
    let answer = call.send().await.expect("an answer");
    let status = answer.status().as_u16();
    let text = answer.text().await.expect("a text");
    (status, text.split("\r\n").map(str::to_owned).collect())
}

#[tokio::test]
async fn a_range_has_the_rests_of_its_hashes_and_how_often_each_has_leaked() {
    let stage = Stage::new().await;
    let (status, lines) = range(&stage, "5BAA6", false).await;
    assert_eq!((status, lines), (200, vec![format!("{REST}:3730471")]));
    // "hello" (AAF4C61DDCC5E8A2DABEDE0F3B482CD9AEA9434D) has not, until a test says so.
    assert_eq!(
        range(&stage, "aaf4c", false).await,
        (200, vec![String::new()])
    );
    let leak = json!({ "password": "hello", "count": 7 });
    assert_eq!(stage.send("POST", "/control/pwned", leak).await.0, 200);
    let (_, lines) = range(&stage, "aaf4c", false).await;
    assert_eq!(lines, ["61DDCC5E8A2DABEDE0F3B482CD9AEA9434D:7"]);
}

#[tokio::test]
async fn an_answer_that_is_filled_up_has_800_lines_of_one_form() {
    let stage = Stage::new().await;
    let (_, lines) = range(&stage, "5BAA6", true).await;
    assert_eq!(lines.len(), 800);
    let real = lines.iter().filter(|line| !line.ends_with(":0"));
    assert_eq!(real.collect::<Vec<_>>(), [&format!("{REST}:3730471")]);
    for line in &lines {
        let (rest, count) = line.split_once(':').expect("a rest and a count");
        assert!(
            rest.len() == 35 && rest.bytes().all(|it| it.is_ascii_hexdigit()),
            "{line}"
        );
        assert!(count.parse::<u64>().is_ok(), "{line}");
    }
}

#[tokio::test]
async fn what_is_no_range_is_refused_and_faults_are_planned_as_elsewhere() {
    let stage = Stage::new().await;
    for wrong in ["5BAA", "5BAA61", "5BAAG"] {
        assert_eq!(range(&stage, wrong, false).await.0, 400, "{wrong}");
    }
    let away = json!({ "pwned": { "error_rate": 1.0, "status": 503 } });
    stage.faults(away).await;
    assert_eq!(range(&stage, "5BAA6", false).await.0, 503);
}
