//! Every statement of the core, held against both databases.

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_statement_is_sound_on_both() {
    app::testing::check_statements().await;
}
