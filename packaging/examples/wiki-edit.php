<?php
/* A wiki that announces its edits: a page under Apache's mod_php that publishes with php-zmq.
 *
 * The message is not signed here. It goes to the relay in fedmsg's two frames, and `fedhub relay --sign`
 * signs it. In MediaWiki call fedhub_publish() from a handler of the hook PageSaveComplete.
 *
 * SetEnv in Apache's settings: FEDHUB_RELAY, where the relay receives, and FEDHUB_TOPIC_PREFIX.
 */

function fedhub_publish(string $topic, array $msg, string $user): string
{
    $topic = (getenv('FEDHUB_TOPIC_PREFIX') ?: 'org.example.dev') . '.' . $topic;
    $id = date('Y-') . implode('-', array_map('bin2hex',
        array_map('random_bytes', [4, 2, 2, 2, 6])));
    $body = json_encode(
        ['i' => 1, 'msg' => $msg, 'msg_id' => $id, 'timestamp' => time(), 'topic' => $topic,
         'username' => $user],
        JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE
    );
    // A PUB socket would drop what it sends before the relay has subscribed. An XPUB hears of that.
    $socket = (new ZMQContext(1, false))->getSocket(ZMQ::SOCKET_XPUB);
    $socket->setSockOpt(ZMQ::SOCKOPT_RCVTIMEO, 1000);
    $socket->setSockOpt(ZMQ::SOCKOPT_LINGER, 1000);
    $socket->connect(getenv('FEDHUB_RELAY') ?: 'tcp://127.0.0.1:2003');
    if ($socket->recv() === false) {
        throw new RuntimeException('no relay listens');
    }
    $socket->sendMulti([$topic, $body]);
    return $id;
}

if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    $title = $_POST['title'] ?? '';
    $user = $_SERVER['REMOTE_USER'] ?? 'anonymous';
    // Here the wiki keeps the page. An edit is not undone because nobody could be told of it.
    try {
        echo fedhub_publish('wiki.article.edit', [
            'title' => $title,
            'user' => $user,
            'summary' => $_POST['summary'] ?? '',
            'minor_edit' => isset($_POST['minor']),
            'url' => 'https://wiki.example.org/' . rawurlencode($title),
        ], $user), "\n";
    } catch (Throwable $problem) {
        error_log('not published: ' . $problem->getMessage());
        echo "saved\n";
    }
    exit;
}
?>
<!DOCTYPE html>
<title>Edit a page</title>
<form method="post">
<input name="title" placeholder="Title"><input name="summary" placeholder="What has changed">
<label><input type="checkbox" name="minor"> minor</label><button>Save</button>
</form>
