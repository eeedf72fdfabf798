//! A mail server for tests: takes every mail, or answers as it is told to.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
};

/// A mail server on this machine. It ends with the test's runtime.
#[derive(Clone)]
pub struct SmtpServer(Arc<Inner>);

struct Inner {
    url: String,
    state: Mutex<State>,
    taken: Notify,
    released: Notify,
}

#[derive(Default)]
struct State {
    answers: VecDeque<(&'static str, Answer)>,
    commands: Vec<String>,
    mails: Vec<Received>,
}

/// A mail that the server was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The envelope's sender.
    pub from: String,
    /// The envelope's recipient.
    pub to: String,
    /// Headers and body as they came, dots at the beginnings of lines made single again.
    pub data: String,
}

/// What the server does instead of agreeing.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// Says this.
    Say(&'static str),
    /// Hangs up without an answer.
    HangUp,
    /// Says nothing until [`SmtpServer::release`], then agrees.
    Hold,
}

impl SmtpServer {
    /// A server on a free port.
    ///
    /// # Panics
    /// When there is none.
    #[expect(clippy::expect_used, reason = "for tests")]
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("a bound port").port();
        let server = Self(Arc::new(Inner {
            url: format!("smtp://127.0.0.1:{port}"),
            state: Mutex::default(),
            taken: Notify::new(),
            released: Notify::new(),
        }));
        let this = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let this = this.clone();
                tokio::spawn(async move { this.talk(stream).await });
            }
        });
        server
    }

    /// Its address, as `PORTICO_SMTP_URL` would name it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// The next `command` is answered so: `CONNECT`, `EHLO`, `AUTH`, `MAIL`, `RCPT`, `DATA`, `BODY`, `NOOP`, `QUIT`.
    /// Several answers are used up in their order; a command they do not fit is taken.
    pub fn answer(&self, command: &'static str, answer: Answer) {
        self.state().answers.push_back((command, answer));
    }

    /// Ends a [`Answer::Hold`].
    pub fn release(&self) {
        self.0.released.notify_one();
    }

    /// The mails it was given, in their order, also those whose answer it kept to itself.
    #[must_use]
    pub fn mails(&self) -> Vec<Received> {
        self.state().mails.clone()
    }

    /// The commands it was given.
    #[must_use]
    pub fn commands(&self) -> Vec<String> {
        self.state().commands.clone()
    }

    /// Waits until it was given a mail since this was last asked.
    pub async fn taken(&self) {
        self.0.taken.notified().await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_answer(&self, command: &str) -> Option<Answer> {
        let answers = &mut self.state().answers;
        if answers.front().is_some_and(|(c, _)| *c == command) { answers.pop_front().map(|(_, a)| a) } else { None }
    }

    /// Talks until somebody hangs up.
    async fn talk(&self, stream: TcpStream) -> Option<()> {
        let mut stream = BufReader::new(stream);
        let (mut from, mut to) = (String::new(), String::new());
        self.reply(&mut stream, "CONNECT", "220 mail.test ready").await?;
        loop {
            let line = read_line(&mut stream).await?;
            self.state().commands.push(line.clone());
            let verb = line.split(' ').next()?.to_uppercase();
            let usual = match verb.as_str() {
                "EHLO" => "250-mail.test\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN",
                "AUTH" => "235 welcome",
                "DATA" => "354 go on",
                "QUIT" => "221 bye",
                _ => "250 ok",
            };
            let agreed = self.reply(&mut stream, &verb, usual).await?;
            match verb.as_str() {
                "MAIL" => from = between(&line)?,
                "RCPT" => to = between(&line)?,
                "DATA" if agreed => {
                    let data = read_data(&mut stream).await?;
                    self.body(&mut stream, Received { from: from.clone(), to: to.clone(), data }).await?;
                }
                "QUIT" => return None,
                _ => {}
            }
        }
    }

    async fn body(&self, stream: &mut BufReader<TcpStream>, mail: Received) -> Option<()> {
        let answer = self.next_answer("BODY");
        if !matches!(answer, Some(Answer::Say(refusal)) if !refusal.starts_with('2')) {
            self.state().mails.push(mail);
            self.0.taken.notify_one();
        }
        self.say(stream, answer.unwrap_or(Answer::Say("250 taken")), "250 taken").await.map(drop)
    }

    async fn reply(&self, stream: &mut BufReader<TcpStream>, command: &str, usual: &'static str) -> Option<bool> {
        let answer = self.next_answer(command).unwrap_or(Answer::Say(usual));
        self.say(stream, answer, usual).await
    }

    /// Answers; tells whether it agreed, or nothing when the conversation is over.
    async fn say(&self, stream: &mut BufReader<TcpStream>, answer: Answer, usual: &'static str) -> Option<bool> {
        let text = match answer {
            Answer::Say(text) => text,
            Answer::HangUp => return None,
            Answer::Hold => {
                self.0.released.notified().await;
                usual
            }
        };
        stream.get_mut().write_all(format!("{text}\r\n").as_bytes()).await.ok()?;
        Some(text.starts_with(['2', '3']))
    }
}

/// The address between `<` and `>`.
fn between(line: &str) -> Option<String> {
    Some(line.split_once('<')?.1.split_once('>')?.0.to_owned())
}

/// One line without its end. A line that does not end with CR LF is no line.
async fn read_line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        if stream.read_until(b'\n', &mut bytes).await.ok()? == 0 {
            return None;
        }
        if bytes.ends_with(b"\r\n") {
            bytes.truncate(bytes.len() - 2);
            return String::from_utf8(bytes).ok();
        }
    }
}

async fn read_data(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut data = String::new();
    loop {
        let line = read_line(stream).await?;
        if line == "." {
            return Some(data);
        }
        data.push_str(line.strip_prefix('.').unwrap_or(&line));
        data.push_str("\r\n");
    }
}
