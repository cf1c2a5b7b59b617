# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_fedhub_global_optspecs
    string join \n config= config-filename= set= color= v/verbose q/quiet log-format= h/help V/version
end

function __fish_fedhub_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_fedhub_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_fedhub_using_subcommand
    set -l cmd (__fish_fedhub_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c fedhub -n "__fish_fedhub_needs_command" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_needs_command" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_needs_command" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_needs_command" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_needs_command" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_needs_command" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_needs_command" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "relay" -d 'Receive messages from publishers and pass them on to subscribers, byte for byte'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "gateway" -d 'Subscribe to every publisher and rebroadcast on one port for many outside subscribers'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "hub" -d 'Keep every message of the bus in a journal, and hand each to the consumers of the settings'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "serve" -d 'Answer questions about the archive over HTTP: as datagrepper does, and more'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "nommer" -d 'Keep every message of the bus in the archive, for good'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "up" -d 'Run every role there is in one process, and show the messages that come out'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "query" -d 'Search the archive, which keeps every message for good'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "get" -d 'Print messages of the archive by their msg_id, with what the archive knows of them'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "latest" -d 'Show when a message of a sort came last, and which one it was'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "stats" -d 'Count the messages of the archive: by category, topic, user, package or agent, by day or hour'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "reindex" -d 'Find out anew what archived messages are about, after rules or accounts have changed'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "tail" -d 'Watch messages as they come'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "busmon" -d 'Watch the bus on a whole screen'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "logger" -d 'Publish log messages through the relay'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "announce" -d 'Publish an announcement: a text, and a link to more'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "spool" -d 'Look into a spool, where `fedhub logger --spool` keeps messages while the relay is away, and send what is there'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "describe" -d 'Say what messages are about: title, summary, link, icons, people and packages'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "rules" -d 'Check, test and show the rules that say what messages are about'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "canonical" -d 'Print the canonical text of JSON documents, one on each line'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "verify" -d 'Judge the signatures of messages, one on each line'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "certs" -d 'Make certificates for publishers, revoke them, and see when they expire'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "check" -d 'Check connections, daemons, consumers, lag, certificates and journals'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "doctor" -d 'Look at everything this host uses and say what needs attention, with the next command for each'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "config" -d 'Show, check, explain and import settings'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "filter" -d 'Try a filter on the journal, learn why a message does or does not match, and find mistakes'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "journal" -d 'Look into the journal, where relay and gateway keep what they publish, and the hub what it receives'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "gaps" -d 'List what the hub missed, what it recovered, and what is lost for good'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "quarantine" -d 'Look at what consumers of the hub could not deal with, and decide what becomes of it'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "replay" -d 'Send messages of a journal again, as they were: byte for byte, signatures included'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "record" -d 'Write messages to a file, as they come or from the journal'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "play" -d 'Send the messages of a recording, as they were: byte for byte, signatures included'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "archive" -d 'Look after the archive: what it has, and whether all is well with it'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "export" -d 'Write messages of the archive to a file: all, or those that match'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "import" -d 'Take messages from elsewhere into the archive: from a file, a datagrepper or a datanommer'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "bench" -d 'Measure throughput, loss, latency, CPU and memory, side by side with other implementations'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "generate" -d 'Write manual pages, shell completions and the sample settings file'
complete -c fedhub -n "__fish_fedhub_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fedhub -n "__fish_fedhub_using_subcommand relay" -l inbound -d 'Where publishers connect; repeatable. Default: relay_inbound' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand relay" -l outbound -d 'Where subscribers connect; repeatable. Default: relay_outbound' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand relay" -l journal -d 'Keep what is published in this file. Default: relay.journal' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand relay" -l receipts -d 'Where publishers ask for receipts, if there is a journal; repeatable. Default: relay.receipts' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand relay" -l spool -d 'Take what publishers have left in this directory. Default: relay.spool' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand relay" -l replay -d 'Where to answer requests for messages of the journal. Default: relay.replay' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand relay" -l http -d 'Where to serve /healthz, /readyz and /metrics. Default: relay.http' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand relay" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand relay" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand relay" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand relay" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand relay" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand relay" -l sign -d 'Sign each message, in place of whoever signed it before'
complete -c fedhub -n "__fish_fedhub_using_subcommand relay" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand relay" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand relay" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand relay" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand gateway" -l endpoint -d 'Whom to subscribe to; repeatable. Default: every configured endpoint' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand gateway" -l port -d 'The port to publish on; 0 lets the system choose. Default: gateway.port' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand gateway" -l journal -d 'Keep what is published in this file. Default: gateway.journal' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand gateway" -l replay -d 'Where to answer requests for messages of the journal. Default: gateway.replay' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand gateway" -l http -d 'Where to serve /healthz, /readyz and /metrics. Default: gateway.http' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand gateway" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand gateway" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand gateway" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand gateway" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand gateway" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand gateway" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand gateway" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand gateway" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand gateway" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand hub" -l endpoint -d 'Whom to subscribe to; repeatable. Default: every configured endpoint' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand hub" -l journal -d 'The file between bus and consumers. Default: hub.journal, else hub.db in the data directory' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand hub" -l from -d 'Where all consumers begin: now, last (where each was), or a time such as -1h. Default: hub.from, which holds only for consumers that have never run' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand hub" -l http -d 'Where to serve /healthz, /readyz and /metrics. Default: hub.http' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand hub" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand hub" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand hub" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand hub" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand hub" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand hub" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand hub" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand hub" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand hub" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand serve" -l listen -d 'Where to answer; port 0 lets the system choose. Default: serve.listen' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand serve" -l archive -d 'Which archive: sqlite:/path or postgresql://… Default: archive.url' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand serve" -l http -d 'Where to serve /healthz, /readyz and /metrics. Default: serve.http' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand serve" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand serve" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand serve" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand serve" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand serve" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand serve" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand serve" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand serve" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand nommer" -l archive -d 'Where the archive is. Default: archive.url, else archive.db in the data directory' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand nommer" -l endpoint -d 'Whom to subscribe to; repeatable. Default: every configured endpoint' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand nommer" -l journal -d 'The file between bus and archive. Default: archive.journal, else nommer.db in the data directory' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand nommer" -l from -d 'Where to begin: now, last (where it was), or a time such as -1h. Default: hub.from, which holds only for the first time' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand nommer" -l http -d 'Where to serve /healthz, /readyz and /metrics. Default: archive.http' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand nommer" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand nommer" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand nommer" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand nommer" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand nommer" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand nommer" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand nommer" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand nommer" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand nommer" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand up" -l data-dir -d 'Where keys, settings and journal are kept [default: $XDG_DATA_HOME/fedhub]' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand up" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand up" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand up" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand up" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand up" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand up" -l demo -d 'Publish a stream of sample messages'
complete -c fedhub -n "__fish_fedhub_using_subcommand up" -l no-tail -d 'Do not show messages'
complete -c fedhub -n "__fish_fedhub_using_subcommand up" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand up" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand up" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand up" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l limit -d 'End after this many messages; stderr then says how to go on' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l after -d 'Go on behind this place, which an earlier call with the same order named' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l order -d 'Which messages come first' -r -f -a "newest\t'The newest'
oldest\t'The oldest'"
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l last -d 'Only the last so many, the oldest of them first' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l count -d 'Print only how many there are; an estimate is never too low, and takes no time' -r -f -a "exact\t'Exactly; from counters where these have it, else counted'
estimate\t'From counters alone'"
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -s o -l output -d 'human, ndjson, json, yaml, raw or template=TEXT [default: human on a terminal, else ndjson]' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l jq -d 'Print the values of this jq expression, a line each: texts as they are or, with -o ndjson, as JSON' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l since -d 'Only what was published at this time or later: RFC 3339, unix seconds, or an age such as -1h' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l until -d 'Only what was published before this time' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l timeout -d 'Give up after so many seconds, and say how far the search came; 0: never. Default: 60 where messages have to be looked into (--where, --contains), else never' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l filter -d 'Only messages that match this; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l topic -d 'Only these topics: bodhi.* after prefix and environment, the beginning of a whole topic, or ~REGEX; a * between dots stands for one word' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l not-topic -d 'Without these topics' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l category -l categories -d 'Only these categories: the word of the topic after prefix and environment, such as bodhi' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l not-category -d 'Without these categories' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l user -l users -d 'Only messages that have to do with one of these users' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l not-user -d 'Without messages that have to do with one of these users' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l package -l packages -d 'Only messages that have to do with one of these packages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l not-package -d 'Without messages that have to do with one of these packages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l where -d 'Only messages for which this jq expression is true, such as \'.msg.commit.branch == "f40"\'; one that fails or takes too long is not true' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l agent -d 'Only messages of this agent, who did it; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l not-agent -d 'Without messages of this agent' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l contains -d 'Only messages with this text in their content, literally and in any case; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l archive -d 'Where the archive is: sqlite:/path or postgresql://… Default: archive.url, else archive.db in the data directory' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -l terse -d 'Print a line about each message, by the rules: title, summary and link'
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand query" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand get" -s o -l output -d 'human, ndjson, json, yaml, template=TEXT, or raw for the exact bytes of the body [default: human on a terminal, else ndjson]' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand get" -l archive -d 'Where the archive is: sqlite:/path or postgresql://… Default: archive.url, else archive.db in the data directory' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand get" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand get" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand get" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand get" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand get" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand get" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand get" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand get" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -l by -d 'A line for each of these' -r -f -a "topic\t'Each whole topic'
category\t'The word of the topic after prefix and environment'
user\t'Whom a message has to do with'
package\t'Which packages a message has to do with'
agent\t'Who did it'"
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -l max-age -d 'Exit 1 if a line\'s message is older: seconds, or 90m, 1h, 7d' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -l limit -d 'With --by, only those with most messages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -s o -l output -d 'human or ndjson [default: human on a terminal, else ndjson]' -r -f -a "human\t'A line for people'
ndjson\t'A JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -l since -d 'Only what was published at this time or later: RFC 3339, unix seconds, or an age such as -1h' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -l until -d 'Only what was published before this time' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -l timeout -d 'Give up after so many seconds, and say how far the search came; 0: never. Default: 60 where messages have to be looked into (--where, --contains), else never' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -l filter -d 'Only messages that match this; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -l topic -d 'Only these topics: bodhi.* after prefix and environment, the beginning of a whole topic, or ~REGEX; a * between dots stands for one word' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -l not-topic -d 'Without these topics' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -l category -l categories -d 'Only these categories: the word of the topic after prefix and environment, such as bodhi' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -l not-category -d 'Without these categories' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -l user -l users -d 'Only messages that have to do with one of these users' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -l not-user -d 'Without messages that have to do with one of these users' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -l package -l packages -d 'Only messages that have to do with one of these packages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -l not-package -d 'Without messages that have to do with one of these packages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -l where -d 'Only messages for which this jq expression is true, such as \'.msg.commit.branch == "f40"\'; one that fails or takes too long is not true' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -l agent -d 'Only messages of this agent, who did it; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -l not-agent -d 'Without messages of this agent' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -l contains -d 'Only messages with this text in their content, literally and in any case; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -l archive -d 'Where the archive is: sqlite:/path or postgresql://… Default: archive.url, else archive.db in the data directory' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand latest" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -l by -d 'What to count by [default: category or, with --per, nothing else]' -r -f -a "topic\t'Each whole topic'
category\t'The word of the topic after prefix and environment'
user\t'Whom a message has to do with'
package\t'Which packages a message has to do with'
agent\t'Who did it'"
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -l per -d 'Count each of these by itself; --since then begins with a whole one' -r -f -a "day\t'Days of UTC'
hour\t'Hours'"
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -l limit -d 'How many names are shown, those with most messages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -s o -l output -d 'human or ndjson [default: human on a terminal, else ndjson]' -r -f -a "human\t'A line for people'
ndjson\t'A JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -l since -d 'Only what was published at this time or later: RFC 3339, unix seconds, or an age such as -1h' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -l until -d 'Only what was published before this time' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -l timeout -d 'Give up after so many seconds, and say how far the search came; 0: never. Default: 60 where messages have to be looked into (--where, --contains), else never' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -l filter -d 'Only messages that match this; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -l topic -d 'Only these topics: bodhi.* after prefix and environment, the beginning of a whole topic, or ~REGEX; a * between dots stands for one word' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -l not-topic -d 'Without these topics' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -l category -l categories -d 'Only these categories: the word of the topic after prefix and environment, such as bodhi' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -l not-category -d 'Without these categories' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -l user -l users -d 'Only messages that have to do with one of these users' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -l not-user -d 'Without messages that have to do with one of these users' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -l package -l packages -d 'Only messages that have to do with one of these packages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -l not-package -d 'Without messages that have to do with one of these packages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -l where -d 'Only messages for which this jq expression is true, such as \'.msg.commit.branch == "f40"\'; one that fails or takes too long is not true' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -l agent -d 'Only messages of this agent, who did it; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -l not-agent -d 'Without messages of this agent' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -l contains -d 'Only messages with this text in their content, literally and in any case; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -l archive -d 'Where the archive is: sqlite:/path or postgresql://… Default: archive.url, else archive.db in the data directory' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand stats" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand reindex" -l since -d 'Only messages published at this time or later, and what came into the archive after the first of them' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand reindex" -s o -l output -d 'human or ndjson [default: human on a terminal, else ndjson]' -r -f -a "human\t'A line for people'
ndjson\t'A JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand reindex" -l archive -d 'Where the archive is: sqlite:/path or postgresql://… Default: archive.url, else archive.db in the data directory' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand reindex" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand reindex" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand reindex" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand reindex" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand reindex" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand reindex" -l dry-run -d 'Change nothing; print what would change, a line for each message'
complete -c fedhub -n "__fish_fedhub_using_subcommand reindex" -l restart -d 'Begin anew, also where an earlier call was interrupted'
complete -c fedhub -n "__fish_fedhub_using_subcommand reindex" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand reindex" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand reindex" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand reindex" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l include -d 'Show only topics that match this regular expression' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l exclude -d 'Do not show topics that match this regular expression [default: _heartbeat]' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l query -d 'Print only the value at this dotted path, such as msg.commit.repo; messages without it are not shown' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l jq -d 'Print the values of this jq expression, a line each: texts as they are or, with -o ndjson, as JSON' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -s o -l output -d 'human, ndjson, json, yaml, raw or template=TEXT [default: human on a terminal, else ndjson]' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l count -d 'End after this many messages were shown' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l timeout -d 'End after this many seconds; with --count, exit 1 if fewer messages were shown by then' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l endpoint -d 'Whom to listen to; repeatable. Default: every configured endpoint' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l since -d 'First show what the journal has from this time on: RFC 3339, unix seconds, or an age such as -1h' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l until -d 'Show only what the journal has from before this time, and end' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l last -d 'First show the last so many messages of the journal that match' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l journal -d 'The journal\'s file. Default: hub.journal, relay.journal or gateway.journal, the first that is set' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l filter -d 'Only messages that match this; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l topic -d 'Only these topics: bodhi.* after prefix and environment, the beginning of a whole topic, or ~REGEX; a * between dots stands for one word' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l not-topic -d 'Without these topics' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l category -l categories -d 'Only these categories: the word of the topic after prefix and environment, such as bodhi' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l not-category -d 'Without these categories' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l user -l users -d 'Only messages that have to do with one of these users' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l not-user -d 'Without messages that have to do with one of these users' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l package -l packages -d 'Only messages that have to do with one of these packages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l not-package -d 'Without messages that have to do with one of these packages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l where -d 'Only messages for which this jq expression is true, such as \'.msg.commit.branch == "f40"\'; one that fails or takes too long is not true' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l validate -d 'Show only messages with a valid signature'
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l no-validate -d 'Show messages whether their signature is valid or not'
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l terse -d 'Print a line about each message, by the rules: title, summary and link'
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l pretty -d 'Print indented JSON without signatures and certificates'
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -l really-pretty -d 'The same in colour'
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand tail" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -l endpoint -d 'Whom to listen to; repeatable. Default: every configured endpoint' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -l journal -d 'Show what this journal gets, and what it has, instead of the bus' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -l hub -d 'Show what a running hub, relay or gateway gets, and what its journal has: its replay address' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -l archive -d 'Show what comes into the archive, and what it has. Without an address: that of archive.url' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -l file -d 'Show a recording' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -l theme -d 'The colours: terminal, dark, light, high-contrast or mono [default: terminal, the 16 colours it has; mono without colours]' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -l settings -d 'Read keys and theme from this file [default: busmon.toml beside this user\'s settings]' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -l filter -d 'Only messages that match this; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -l topic -d 'Only these topics: bodhi.* after prefix and environment, the beginning of a whole topic, or ~REGEX; a * between dots stands for one word' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -l not-topic -d 'Without these topics' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -l category -l categories -d 'Only these categories: the word of the topic after prefix and environment, such as bodhi' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -l not-category -d 'Without these categories' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -l user -l users -d 'Only messages that have to do with one of these users' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -l not-user -d 'Without messages that have to do with one of these users' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -l package -l packages -d 'Only messages that have to do with one of these packages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -l not-package -d 'Without messages that have to do with one of these packages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -l where -d 'Only messages for which this jq expression is true, such as \'.msg.commit.branch == "f40"\'; one that fails or takes too long is not true' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -l no-validate -d 'Do not judge signatures'
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -l plain -d 'Print a line for each message, without moving the cursor'
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -l no-mouse -d 'Leave the mouse to the terminal'
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -l keys -d 'Print all actions with their keys, as they stand in busmon.toml, and end'
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand busmon" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand logger" -l message -d 'The message' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand logger" -l topic -d 'The last part of the topic' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand logger" -l modname -d 'The part of the topic before it' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand logger" -l cert-prefix -d 'Sign with the key of certnames."PREFIX.HOST" [default: cert_prefix, else shell]' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand logger" -l name -d 'Bind the first free endpoint of this name instead of sending to the relay' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand logger" -l spool -d 'As --durable, but keep the message in DIR when the relay does not answer at once' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand logger" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand logger" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand logger" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand logger" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand logger" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand logger" -l json-input -d 'Take the input as JSON: one document, or one on each line'
complete -c fedhub -n "__fish_fedhub_using_subcommand logger" -l durable -d 'End only when the relay has the message on its disk; print its msg_id'
complete -c fedhub -n "__fish_fedhub_using_subcommand logger" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand logger" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand logger" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand logger" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand announce" -l message -d 'The text' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand announce" -l link -d 'An address with more about it' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand announce" -l cert-prefix -d 'Sign with the key of certnames."PREFIX.HOST" [default: cert_prefix, else announce]' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand announce" -l spool -d 'As --durable, but keep the message in DIR when the relay does not answer at once' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand announce" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand announce" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand announce" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand announce" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand announce" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand announce" -l durable -d 'End only when the relay has the message on its disk; print its msg_id'
complete -c fedhub -n "__fish_fedhub_using_subcommand announce" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand announce" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand announce" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand announce" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and not __fish_seen_subcommand_from ls flush help" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and not __fish_seen_subcommand_from ls flush help" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and not __fish_seen_subcommand_from ls flush help" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and not __fish_seen_subcommand_from ls flush help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and not __fish_seen_subcommand_from ls flush help" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and not __fish_seen_subcommand_from ls flush help" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and not __fish_seen_subcommand_from ls flush help" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and not __fish_seen_subcommand_from ls flush help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and not __fish_seen_subcommand_from ls flush help" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and not __fish_seen_subcommand_from ls flush help" -f -a "ls" -d 'List the messages, oldest first, and what was set aside'
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and not __fish_seen_subcommand_from ls flush help" -f -a "flush" -d 'Send the messages in order, and remove each when the relay has it on its disk'
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and not __fish_seen_subcommand_from ls flush help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and __fish_seen_subcommand_from ls" -s o -l output -d 'human or ndjson [default: human on a terminal, else ndjson]' -r -f -a "human\t'A line for people'
ndjson\t'A JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and __fish_seen_subcommand_from ls" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and __fish_seen_subcommand_from ls" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and __fish_seen_subcommand_from ls" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and __fish_seen_subcommand_from ls" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and __fish_seen_subcommand_from ls" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and __fish_seen_subcommand_from ls" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and __fish_seen_subcommand_from flush" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and __fish_seen_subcommand_from flush" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and __fish_seen_subcommand_from flush" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and __fish_seen_subcommand_from flush" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and __fish_seen_subcommand_from flush" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and __fish_seen_subcommand_from flush" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and __fish_seen_subcommand_from flush" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and __fish_seen_subcommand_from flush" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and __fish_seen_subcommand_from flush" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and __fish_seen_subcommand_from help" -f -a "ls" -d 'List the messages, oldest first, and what was set aside'
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and __fish_seen_subcommand_from help" -f -a "flush" -d 'Send the messages in order, and remove each when the relay has it on its disk'
complete -c fedhub -n "__fish_fedhub_using_subcommand spool; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fedhub -n "__fish_fedhub_using_subcommand describe" -l accounts -d 'A TOML or JSON file of account names by e-mail address or nickname' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand describe" -l rules -d 'Use the rule files of this directory and no others' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand describe" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand describe" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand describe" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand describe" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand describe" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand describe" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand describe" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand describe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand describe" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and not __fish_seen_subcommand_from check test show help" -l rules -d 'Use the rule files of this directory and no others' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and not __fish_seen_subcommand_from check test show help" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and not __fish_seen_subcommand_from check test show help" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and not __fish_seen_subcommand_from check test show help" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and not __fish_seen_subcommand_from check test show help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and not __fish_seen_subcommand_from check test show help" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and not __fish_seen_subcommand_from check test show help" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and not __fish_seen_subcommand_from check test show help" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and not __fish_seen_subcommand_from check test show help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and not __fish_seen_subcommand_from check test show help" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and not __fish_seen_subcommand_from check test show help" -f -a "check" -d 'Look for mistakes: expressions that are no jq or call what there is not, rules that are never reached or have neither sample nor summary, bindings that nobody uses. Exit 1 if there are any'
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and not __fish_seen_subcommand_from check test show help" -f -a "test" -d 'Describe the sample messages in the rule files and compare. Exit 1 if a fact is otherwise'
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and not __fish_seen_subcommand_from check test show help" -f -a "show" -d 'Show which rule describes the messages of a topic, and its expressions'
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and not __fish_seen_subcommand_from check test show help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from check" -s o -l output -d 'human or ndjson [default: human on a terminal, else ndjson]' -r -f -a "human\t'A line for people'
ndjson\t'A JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from check" -l rules -d 'Use the rule files of this directory and no others' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from check" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from check" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from check" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from check" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from check" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from check" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from test" -s o -l output -d 'human or ndjson [default: human on a terminal, else ndjson]' -r -f -a "human\t'A line for people'
ndjson\t'A JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from test" -l rules -d 'Use the rule files of this directory and no others' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from test" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from test" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from test" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from test" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from test" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from test" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from test" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from test" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from show" -l rules -d 'Use the rule files of this directory and no others' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from show" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from show" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from show" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from show" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from help" -f -a "check" -d 'Look for mistakes: expressions that are no jq or call what there is not, rules that are never reached or have neither sample nor summary, bindings that nobody uses. Exit 1 if there are any'
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from help" -f -a "test" -d 'Describe the sample messages in the rule files and compare. Exit 1 if a fact is otherwise'
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show which rule describes the messages of a topic, and its expressions'
complete -c fedhub -n "__fish_fedhub_using_subcommand rules; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fedhub -n "__fish_fedhub_using_subcommand canonical" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand canonical" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand canonical" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand canonical" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand canonical" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand canonical" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand canonical" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand canonical" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand canonical" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand verify" -l ca -d 'The CA certificate: a path or an https address' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand verify" -l crl -d 'The revocation list: a path or an https address' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand verify" -l policy -d 'A JSON or TOML file {"routing_policy": {topic: [names]}}' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand verify" -l signed-by -d 'Accept only messages signed by this common name, whatever the policy says' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand verify" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand verify" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand verify" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand verify" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand verify" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand verify" -l no-crl -d 'Do not look at any revocation list, whatever is configured'
complete -c fedhub -n "__fish_fedhub_using_subcommand verify" -l nitpicky -d 'Refuse topics the policy does not name'
complete -c fedhub -n "__fish_fedhub_using_subcommand verify" -l datagrepper -d 'Undo what datagrepper does to the messages it archives'
complete -c fedhub -n "__fish_fedhub_using_subcommand verify" -l signature-only -d 'Check only whether signature, text and certificate fit: neither chain, dates nor policy'
complete -c fedhub -n "__fish_fedhub_using_subcommand verify" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand verify" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand verify" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and not __fish_seen_subcommand_from init issue revoke crl list help" -l dir -d 'The directory of the certificates; without it, `ssldir` of the configuration' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and not __fish_seen_subcommand_from init issue revoke crl list help" -s o -l output -d 'How to print certificates; without it, human on a terminal and ndjson elsewhere' -r -f -a "human\t'A table'
ndjson\t'A JSON object on each line'
json\t'One JSON array'"
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and not __fish_seen_subcommand_from init issue revoke crl list help" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and not __fish_seen_subcommand_from init issue revoke crl list help" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and not __fish_seen_subcommand_from init issue revoke crl list help" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and not __fish_seen_subcommand_from init issue revoke crl list help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and not __fish_seen_subcommand_from init issue revoke crl list help" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and not __fish_seen_subcommand_from init issue revoke crl list help" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and not __fish_seen_subcommand_from init issue revoke crl list help" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and not __fish_seen_subcommand_from init issue revoke crl list help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and not __fish_seen_subcommand_from init issue revoke crl list help" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and not __fish_seen_subcommand_from init issue revoke crl list help" -f -a "init" -d 'Make a certificate authority and an empty revocation list'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and not __fish_seen_subcommand_from init issue revoke crl list help" -f -a "issue" -d 'Issue a certificate and a private key for each NAME'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and not __fish_seen_subcommand_from init issue revoke crl list help" -f -a "revoke" -d 'Put certificates on the revocation list'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and not __fish_seen_subcommand_from init issue revoke crl list help" -f -a "crl" -d 'Renew the revocation list: same entries, new dates'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and not __fish_seen_subcommand_from init issue revoke crl list help" -f -a "list" -d 'List the authority, its revocation list and every certificate with its expiry date'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and not __fish_seen_subcommand_from init issue revoke crl list help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from init" -l name -d 'The common name of the authority' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from init" -l days -d 'How many days it is valid' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from init" -l organization -d 'The organization in the subject' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from init" -l bits -d 'The size of the RSA key' -r -f -a "2048\t''
3072\t''
4096\t''"
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from init" -l dir -d 'The directory of the certificates; without it, `ssldir` of the configuration' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from init" -s o -l output -d 'How to print certificates; without it, human on a terminal and ndjson elsewhere' -r -f -a "human\t'A table'
ndjson\t'A JSON object on each line'
json\t'One JSON array'"
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from init" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from init" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from init" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from init" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from init" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from init" -l force -d 'Replace files that exist'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from init" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from init" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from init" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from issue" -l days -d 'How many days it is valid, but never longer than the authority' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from issue" -l organization -d 'The organization in the subject' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from issue" -l bits -d 'The size of the RSA key' -r -f -a "2048\t''
3072\t''
4096\t''"
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from issue" -l dir -d 'The directory of the certificates; without it, `ssldir` of the configuration' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from issue" -s o -l output -d 'How to print certificates; without it, human on a terminal and ndjson elsewhere' -r -f -a "human\t'A table'
ndjson\t'A JSON object on each line'
json\t'One JSON array'"
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from issue" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from issue" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from issue" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from issue" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from issue" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from issue" -l force -d 'Replace files that exist'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from issue" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from issue" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from issue" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from issue" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from revoke" -l serial -d 'The certificate with this serial number, in hexadecimal; can be given several times' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from revoke" -l dir -d 'The directory of the certificates; without it, `ssldir` of the configuration' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from revoke" -s o -l output -d 'How to print certificates; without it, human on a terminal and ndjson elsewhere' -r -f -a "human\t'A table'
ndjson\t'A JSON object on each line'
json\t'One JSON array'"
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from revoke" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from revoke" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from revoke" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from revoke" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from revoke" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from revoke" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from revoke" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from revoke" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from crl" -l days -d 'How many days it is good for; without it, as many as the present one' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from crl" -l dir -d 'The directory of the certificates; without it, `ssldir` of the configuration' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from crl" -s o -l output -d 'How to print certificates; without it, human on a terminal and ndjson elsewhere' -r -f -a "human\t'A table'
ndjson\t'A JSON object on each line'
json\t'One JSON array'"
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from crl" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from crl" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from crl" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from crl" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from crl" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from crl" -l force -d 'If the present list is missing or damaged, begin an empty one: nothing is revoked then'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from crl" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from crl" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from crl" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from crl" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from list" -l dir -d 'The directory of the certificates; without it, `ssldir` of the configuration' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from list" -s o -l output -d 'How to print certificates; without it, human on a terminal and ndjson elsewhere' -r -f -a "human\t'A table'
ndjson\t'A JSON object on each line'
json\t'One JSON array'"
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from list" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from list" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from list" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from list" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from help" -f -a "init" -d 'Make a certificate authority and an empty revocation list'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from help" -f -a "issue" -d 'Issue a certificate and a private key for each NAME'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from help" -f -a "revoke" -d 'Put certificates on the revocation list'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from help" -f -a "crl" -d 'Renew the revocation list: same entries, new dates'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the authority, its revocation list and every certificate with its expiry date'
complete -c fedhub -n "__fish_fedhub_using_subcommand certs; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and not __fish_seen_subcommand_from conn hub consumer lag certs journal help" -l format -d 'How findings look' -r -f -a "text\t'A line each'
json\t'One JSON object'
nagios\t'One line with performance data; the exit code is 0 ok, 1 warning, 2 critical, 3 unknown'
prometheus\t'Metrics for the textfile collector'"
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and not __fish_seen_subcommand_from conn hub consumer lag certs journal help" -l timeout -d 'How many seconds to wait for an answer' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and not __fish_seen_subcommand_from conn hub consumer lag certs journal help" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and not __fish_seen_subcommand_from conn hub consumer lag certs journal help" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and not __fish_seen_subcommand_from conn hub consumer lag certs journal help" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and not __fish_seen_subcommand_from conn hub consumer lag certs journal help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and not __fish_seen_subcommand_from conn hub consumer lag certs journal help" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and not __fish_seen_subcommand_from conn hub consumer lag certs journal help" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and not __fish_seen_subcommand_from conn hub consumer lag certs journal help" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and not __fish_seen_subcommand_from conn hub consumer lag certs journal help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and not __fish_seen_subcommand_from conn hub consumer lag certs journal help" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and not __fish_seen_subcommand_from conn hub consumer lag certs journal help" -f -a "conn" -d 'Can every configured endpoint be connected to, by ZeroMQ\'s handshake?'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and not __fish_seen_subcommand_from conn hub consumer lag certs journal help" -f -a "hub" -d 'Are the daemons ready: relay, gateway and hub, also those of the Python fedmsg?'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and not __fish_seen_subcommand_from conn hub consumer lag certs journal help" -f -a "consumer" -d 'Are these consumers at work? Without names: all that are configured'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and not __fish_seen_subcommand_from conn hub consumer lag certs journal help" -f -a "lag" -d 'How far are consumers behind? Without names: all that are configured'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and not __fish_seen_subcommand_from conn hub consumer lag certs journal help" -f -a "certs" -d 'How long are CA, revocation list and this host\'s certificates valid?'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and not __fish_seen_subcommand_from conn hub consumer lag certs journal help" -f -a "journal" -d 'Can the journals be used, and is there room for more?'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and not __fish_seen_subcommand_from conn hub consumer lag certs journal help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from conn" -l format -d 'How findings look' -r -f -a "text\t'A line each'
json\t'One JSON object'
nagios\t'One line with performance data; the exit code is 0 ok, 1 warning, 2 critical, 3 unknown'
prometheus\t'Metrics for the textfile collector'"
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from conn" -l timeout -d 'How many seconds to wait for an answer' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from conn" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from conn" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from conn" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from conn" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from conn" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from conn" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from conn" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from conn" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from conn" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from hub" -l monitoring -d 'Ask the monitoring socket there, of fedhub or the Python fedmsg, instead of those configured' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from hub" -l format -d 'How findings look' -r -f -a "text\t'A line each'
json\t'One JSON object'
nagios\t'One line with performance data; the exit code is 0 ok, 1 warning, 2 critical, 3 unknown'
prometheus\t'Metrics for the textfile collector'"
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from hub" -l timeout -d 'How many seconds to wait for an answer' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from hub" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from hub" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from hub" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from hub" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from hub" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from hub" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from hub" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from hub" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from hub" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from consumer" -l monitoring -d 'Ask the monitoring socket there, of fedhub or the Python fedmsg, instead of those configured' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from consumer" -l format -d 'How findings look' -r -f -a "text\t'A line each'
json\t'One JSON object'
nagios\t'One line with performance data; the exit code is 0 ok, 1 warning, 2 critical, 3 unknown'
prometheus\t'Metrics for the textfile collector'"
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from consumer" -l timeout -d 'How many seconds to wait for an answer' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from consumer" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from consumer" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from consumer" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from consumer" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from consumer" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from consumer" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from consumer" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from consumer" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from consumer" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from lag" -l warning -d 'From where on it is a warning: seconds behind, days left, or percent free' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from lag" -l critical -d 'From where on it is critical' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from lag" -l format -d 'How findings look' -r -f -a "text\t'A line each'
json\t'One JSON object'
nagios\t'One line with performance data; the exit code is 0 ok, 1 warning, 2 critical, 3 unknown'
prometheus\t'Metrics for the textfile collector'"
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from lag" -l timeout -d 'How many seconds to wait for an answer' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from lag" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from lag" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from lag" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from lag" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from lag" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from lag" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from lag" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from lag" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from lag" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from certs" -l warning -d 'From where on it is a warning: seconds behind, days left, or percent free' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from certs" -l critical -d 'From where on it is critical' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from certs" -l format -d 'How findings look' -r -f -a "text\t'A line each'
json\t'One JSON object'
nagios\t'One line with performance data; the exit code is 0 ok, 1 warning, 2 critical, 3 unknown'
prometheus\t'Metrics for the textfile collector'"
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from certs" -l timeout -d 'How many seconds to wait for an answer' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from certs" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from certs" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from certs" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from certs" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from certs" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from certs" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from certs" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from certs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from certs" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from journal" -l warning -d 'From where on it is a warning: seconds behind, days left, or percent free' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from journal" -l critical -d 'From where on it is critical' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from journal" -l format -d 'How findings look' -r -f -a "text\t'A line each'
json\t'One JSON object'
nagios\t'One line with performance data; the exit code is 0 ok, 1 warning, 2 critical, 3 unknown'
prometheus\t'Metrics for the textfile collector'"
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from journal" -l timeout -d 'How many seconds to wait for an answer' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from journal" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from journal" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from journal" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from journal" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from journal" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from journal" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from journal" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from journal" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from journal" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from help" -f -a "conn" -d 'Can every configured endpoint be connected to, by ZeroMQ\'s handshake?'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from help" -f -a "hub" -d 'Are the daemons ready: relay, gateway and hub, also those of the Python fedmsg?'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from help" -f -a "consumer" -d 'Are these consumers at work? Without names: all that are configured'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from help" -f -a "lag" -d 'How far are consumers behind? Without names: all that are configured'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from help" -f -a "certs" -d 'How long are CA, revocation list and this host\'s certificates valid?'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from help" -f -a "journal" -d 'Can the journals be used, and is there room for more?'
complete -c fedhub -n "__fish_fedhub_using_subcommand check; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fedhub -n "__fish_fedhub_using_subcommand doctor" -s o -l output -d 'How findings look; without it, human on a terminal and ndjson elsewhere' -r -f -a "human\t'For people'
ndjson\t'A JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand doctor" -l timeout -d 'How many seconds to listen to the bus for heartbeats, and to wait for answers' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand doctor" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand doctor" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand doctor" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand doctor" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand doctor" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand doctor" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand doctor" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand doctor" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and not __fish_seen_subcommand_from show check explain import sample help" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and not __fish_seen_subcommand_from show check explain import sample help" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and not __fish_seen_subcommand_from show check explain import sample help" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and not __fish_seen_subcommand_from show check explain import sample help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and not __fish_seen_subcommand_from show check explain import sample help" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and not __fish_seen_subcommand_from show check explain import sample help" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and not __fish_seen_subcommand_from show check explain import sample help" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and not __fish_seen_subcommand_from show check explain import sample help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and not __fish_seen_subcommand_from show check explain import sample help" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and not __fish_seen_subcommand_from show check explain import sample help" -f -a "show" -d 'Print the settings in force, as TOML'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and not __fish_seen_subcommand_from show check explain import sample help" -f -a "check" -d 'Read all settings and the files they name; say what is wrong'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and not __fish_seen_subcommand_from show check explain import sample help" -f -a "explain" -d 'Say what a key means, what it is set to, and where'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and not __fish_seen_subcommand_from show check explain import sample help" -f -a "import" -d 'Print fedmsg\'s settings as TOML'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and not __fish_seen_subcommand_from show check explain import sample help" -f -a "sample" -d 'Print a settings file with every key, commented out'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and not __fish_seen_subcommand_from show check explain import sample help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from show" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from show" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from show" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from show" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from check" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from check" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from check" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from check" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from check" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from check" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from explain" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from explain" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from explain" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from explain" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from explain" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from explain" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from explain" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from explain" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from import" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from import" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from import" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from import" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from import" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from import" -l all -d 'Print settings that fedhub does not use as settings too, instead of as comments'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from import" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from sample" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from sample" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from sample" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from sample" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from sample" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from sample" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from sample" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from sample" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from sample" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "show" -d 'Print the settings in force, as TOML'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "check" -d 'Read all settings and the files they name; say what is wrong'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "explain" -d 'Say what a key means, what it is set to, and where'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "import" -d 'Print fedmsg\'s settings as TOML'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "sample" -d 'Print a settings file with every key, commented out'
complete -c fedhub -n "__fish_fedhub_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and not __fish_seen_subcommand_from test why lint help" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and not __fish_seen_subcommand_from test why lint help" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and not __fish_seen_subcommand_from test why lint help" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and not __fish_seen_subcommand_from test why lint help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and not __fish_seen_subcommand_from test why lint help" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and not __fish_seen_subcommand_from test why lint help" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and not __fish_seen_subcommand_from test why lint help" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and not __fish_seen_subcommand_from test why lint help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and not __fish_seen_subcommand_from test why lint help" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and not __fish_seen_subcommand_from test why lint help" -f -a "test" -d 'Count the messages of the journal that a filter matches, and show the newest of them'
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and not __fish_seen_subcommand_from test why lint help" -f -a "why" -d 'Say which clause of a filter decided about a message of the journal, and what each clause says'
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and not __fish_seen_subcommand_from test why lint help" -f -a "lint" -d 'Find what is probably not meant: filters that match always or never, that only leave out, or that name categories and fields that no message has'
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and not __fish_seen_subcommand_from test why lint help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from test" -l since -d 'Only what arrived at this time or later: RFC 3339, unix seconds, or an age such as -7d' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from test" -l until -d 'Only what arrived before this time' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from test" -l samples -d 'How many of the messages that match are shown' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from test" -l journal -d 'The journal\'s file. Default: hub.journal, relay.journal or gateway.journal, the first that is set' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from test" -s o -l output -d 'human or ndjson [default: human on a terminal, else ndjson]' -r -f -a "human\t'A line for people'
ndjson\t'A JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from test" -l filter -d 'Only messages that match this; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from test" -l topic -d 'Only these topics: bodhi.* after prefix and environment, the beginning of a whole topic, or ~REGEX; a * between dots stands for one word' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from test" -l not-topic -d 'Without these topics' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from test" -l category -l categories -d 'Only these categories: the word of the topic after prefix and environment, such as bodhi' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from test" -l not-category -d 'Without these categories' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from test" -l user -l users -d 'Only messages that have to do with one of these users' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from test" -l not-user -d 'Without messages that have to do with one of these users' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from test" -l package -l packages -d 'Only messages that have to do with one of these packages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from test" -l not-package -d 'Without messages that have to do with one of these packages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from test" -l where -d 'Only messages for which this jq expression is true, such as \'.msg.commit.branch == "f40"\'; one that fails or takes too long is not true' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from test" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from test" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from test" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from test" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from test" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from test" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from test" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from test" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from why" -l journal -d 'The journal\'s file. Default: hub.journal, relay.journal or gateway.journal, the first that is set' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from why" -s o -l output -d 'human or ndjson [default: human on a terminal, else ndjson]' -r -f -a "human\t'A line for people'
ndjson\t'A JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from why" -l filter -d 'Only messages that match this; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from why" -l topic -d 'Only these topics: bodhi.* after prefix and environment, the beginning of a whole topic, or ~REGEX; a * between dots stands for one word' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from why" -l not-topic -d 'Without these topics' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from why" -l category -l categories -d 'Only these categories: the word of the topic after prefix and environment, such as bodhi' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from why" -l not-category -d 'Without these categories' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from why" -l user -l users -d 'Only messages that have to do with one of these users' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from why" -l not-user -d 'Without messages that have to do with one of these users' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from why" -l package -l packages -d 'Only messages that have to do with one of these packages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from why" -l not-package -d 'Without messages that have to do with one of these packages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from why" -l where -d 'Only messages for which this jq expression is true, such as \'.msg.commit.branch == "f40"\'; one that fails or takes too long is not true' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from why" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from why" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from why" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from why" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from why" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from why" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from why" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from why" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from why" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from lint" -s o -l output -d 'human or ndjson [default: human on a terminal, else ndjson]' -r -f -a "human\t'A line for people'
ndjson\t'A JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from lint" -l filter -d 'Only messages that match this; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from lint" -l topic -d 'Only these topics: bodhi.* after prefix and environment, the beginning of a whole topic, or ~REGEX; a * between dots stands for one word' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from lint" -l not-topic -d 'Without these topics' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from lint" -l category -l categories -d 'Only these categories: the word of the topic after prefix and environment, such as bodhi' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from lint" -l not-category -d 'Without these categories' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from lint" -l user -l users -d 'Only messages that have to do with one of these users' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from lint" -l not-user -d 'Without messages that have to do with one of these users' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from lint" -l package -l packages -d 'Only messages that have to do with one of these packages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from lint" -l not-package -d 'Without messages that have to do with one of these packages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from lint" -l where -d 'Only messages for which this jq expression is true, such as \'.msg.commit.branch == "f40"\'; one that fails or takes too long is not true' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from lint" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from lint" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from lint" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from lint" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from lint" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from lint" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from lint" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from lint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from lint" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from help" -f -a "test" -d 'Count the messages of the journal that a filter matches, and show the newest of them'
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from help" -f -a "why" -d 'Say which clause of a filter decided about a message of the journal, and what each clause says'
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from help" -f -a "lint" -d 'Find what is probably not meant: filters that match always or never, that only leave out, or that name categories and fields that no message has'
complete -c fedhub -n "__fish_fedhub_using_subcommand filter; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and not __fish_seen_subcommand_from ls show cursors seek prune verify help" -l journal -d 'The journal\'s file. Default: hub.journal, relay.journal or gateway.journal, the first that is set' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and not __fish_seen_subcommand_from ls show cursors seek prune verify help" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and not __fish_seen_subcommand_from ls show cursors seek prune verify help" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and not __fish_seen_subcommand_from ls show cursors seek prune verify help" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and not __fish_seen_subcommand_from ls show cursors seek prune verify help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and not __fish_seen_subcommand_from ls show cursors seek prune verify help" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and not __fish_seen_subcommand_from ls show cursors seek prune verify help" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and not __fish_seen_subcommand_from ls show cursors seek prune verify help" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and not __fish_seen_subcommand_from ls show cursors seek prune verify help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and not __fish_seen_subcommand_from ls show cursors seek prune verify help" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and not __fish_seen_subcommand_from ls show cursors seek prune verify help" -f -a "ls" -d 'List messages, the oldest first'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and not __fish_seen_subcommand_from ls show cursors seek prune verify help" -f -a "show" -d 'Print one message'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and not __fish_seen_subcommand_from ls show cursors seek prune verify help" -f -a "cursors" -d 'List the cursors: how far each consumer has come, how many messages are before it, how many it has dealt with, and how many retention removed before it came to them'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and not __fish_seen_subcommand_from ls show cursors seek prune verify help" -f -a "seek" -d 'Put a cursor somewhere else; its consumer goes on from there'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and not __fish_seen_subcommand_from ls show cursors seek prune verify help" -f -a "prune" -d 'Remove now what is older or more than the settings allow'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and not __fish_seen_subcommand_from ls show cursors seek prune verify help" -f -a "verify" -d 'Check the file\'s structure, and each message against its digest; exit 1 if something is wrong'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and not __fish_seen_subcommand_from ls show cursors seek prune verify help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from ls" -l last -d 'Only the last so many' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from ls" -l since -d 'Only what arrived at this time or later: RFC 3339, unix seconds, or an age such as -1h' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from ls" -l until -d 'Only what arrived before this time' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from ls" -l verdict -d 'Only with this verdict: unchecked, valid, or a reason such as bad-signature; invalid stands for all reasons; repeatable' -r -f -a "unchecked\t''
invalid\t''
valid\t''
unsigned\t''
bad-signature\t''
unknown-ca\t''
revoked\t''
expired\t''
not-yet-valid\t''
crl-expired\t''
crl-mismatch\t''
ca-unavailable\t''
crl-unavailable\t''
policy\t''
malformed\t''
unsupported-crypto\t''
topic-mismatch\t''"
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from ls" -s o -l output -d 'human or ndjson [default: human on a terminal, else ndjson]' -r -f -a "human\t'A line for people'
ndjson\t'A JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from ls" -l filter -d 'Only messages that match this; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from ls" -l topic -d 'Only these topics: bodhi.* after prefix and environment, the beginning of a whole topic, or ~REGEX; a * between dots stands for one word' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from ls" -l not-topic -d 'Without these topics' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from ls" -l category -l categories -d 'Only these categories: the word of the topic after prefix and environment, such as bodhi' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from ls" -l not-category -d 'Without these categories' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from ls" -l user -l users -d 'Only messages that have to do with one of these users' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from ls" -l not-user -d 'Without messages that have to do with one of these users' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from ls" -l package -l packages -d 'Only messages that have to do with one of these packages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from ls" -l not-package -d 'Without messages that have to do with one of these packages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from ls" -l where -d 'Only messages for which this jq expression is true, such as \'.msg.commit.branch == "f40"\'; one that fails or takes too long is not true' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from ls" -l journal -d 'The journal\'s file. Default: hub.journal, relay.journal or gateway.journal, the first that is set' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from ls" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from ls" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from ls" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from ls" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from ls" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from ls" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from show" -s o -l output -d 'human or ndjson [default: human on a terminal, else ndjson]' -r -f -a "human\t'A line for people'
ndjson\t'A JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from show" -l journal -d 'The journal\'s file. Default: hub.journal, relay.journal or gateway.journal, the first that is set' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from show" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from show" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from show" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from show" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from cursors" -s o -l output -d 'human or ndjson [default: human on a terminal, else ndjson]' -r -f -a "human\t'A line for people'
ndjson\t'A JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from cursors" -l journal -d 'The journal\'s file. Default: hub.journal, relay.journal or gateway.journal, the first that is set' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from cursors" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from cursors" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from cursors" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from cursors" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from cursors" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from cursors" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from cursors" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from cursors" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from cursors" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from seek" -l journal -d 'The journal\'s file. Default: hub.journal, relay.journal or gateway.journal, the first that is set' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from seek" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from seek" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from seek" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from seek" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from seek" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from seek" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from seek" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from seek" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from seek" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from prune" -l max-age -d 'Remove messages older than so many seconds. Default: journal.max_age' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from prune" -l max-size -d 'Remove the oldest while more bytes are in use. Default: journal.max_size' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from prune" -l journal -d 'The journal\'s file. Default: hub.journal, relay.journal or gateway.journal, the first that is set' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from prune" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from prune" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from prune" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from prune" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from prune" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from prune" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from prune" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from prune" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from verify" -l journal -d 'The journal\'s file. Default: hub.journal, relay.journal or gateway.journal, the first that is set' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from verify" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from verify" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from verify" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from verify" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from verify" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from verify" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from verify" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from help" -f -a "ls" -d 'List messages, the oldest first'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from help" -f -a "show" -d 'Print one message'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from help" -f -a "cursors" -d 'List the cursors: how far each consumer has come, how many messages are before it, how many it has dealt with, and how many retention removed before it came to them'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from help" -f -a "seek" -d 'Put a cursor somewhere else; its consumer goes on from there'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from help" -f -a "prune" -d 'Remove now what is older or more than the settings allow'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Check the file\'s structure, and each message against its digest; exit 1 if something is wrong'
complete -c fedhub -n "__fish_fedhub_using_subcommand journal; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fedhub -n "__fish_fedhub_using_subcommand gaps" -l since -d 'Only gaps that were open at this time or later: RFC 3339, unix seconds, or an age such as -1h' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand gaps" -l journal -d 'The hub\'s journal. Default: hub.journal, else hub.db in the data directory' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand gaps" -s o -l output -d 'human or ndjson [default: human on a terminal, else ndjson]' -r -f -a "human\t'A line for people'
ndjson\t'A JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand gaps" -l filter -d 'Only messages that match this; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand gaps" -l topic -d 'Only these topics: bodhi.* after prefix and environment, the beginning of a whole topic, or ~REGEX; a * between dots stands for one word' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand gaps" -l not-topic -d 'Without these topics' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand gaps" -l category -l categories -d 'Only these categories: the word of the topic after prefix and environment, such as bodhi' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand gaps" -l not-category -d 'Without these categories' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand gaps" -l user -l users -d 'Only messages that have to do with one of these users' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand gaps" -l not-user -d 'Without messages that have to do with one of these users' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand gaps" -l package -l packages -d 'Only messages that have to do with one of these packages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand gaps" -l not-package -d 'Without messages that have to do with one of these packages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand gaps" -l where -d 'Only messages for which this jq expression is true, such as \'.msg.commit.branch == "f40"\'; one that fails or takes too long is not true' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand gaps" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand gaps" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand gaps" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand gaps" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand gaps" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand gaps" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand gaps" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand gaps" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand gaps" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and not __fish_seen_subcommand_from ls show retry drop help" -l journal -d 'The hub\'s journal. Default: hub.journal, else hub.db in the data directory' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and not __fish_seen_subcommand_from ls show retry drop help" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and not __fish_seen_subcommand_from ls show retry drop help" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and not __fish_seen_subcommand_from ls show retry drop help" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and not __fish_seen_subcommand_from ls show retry drop help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and not __fish_seen_subcommand_from ls show retry drop help" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and not __fish_seen_subcommand_from ls show retry drop help" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and not __fish_seen_subcommand_from ls show retry drop help" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and not __fish_seen_subcommand_from ls show retry drop help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and not __fish_seen_subcommand_from ls show retry drop help" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and not __fish_seen_subcommand_from ls show retry drop help" -f -a "ls" -d 'List messages, the oldest first. Exit 1 if there are none'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and not __fish_seen_subcommand_from ls show retry drop help" -f -a "show" -d 'Print one message with the reason; as ndjson its body as it came'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and not __fish_seen_subcommand_from ls show retry drop help" -f -a "retry" -d 'Give messages to their consumers once more; the hub does so within a second, if it runs'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and not __fish_seen_subcommand_from ls show retry drop help" -f -a "drop" -d 'Forget messages for good'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and not __fish_seen_subcommand_from ls show retry drop help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from ls" -l consumer -d 'Only those of this consumer' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from ls" -s o -l output -d 'human or ndjson [default: human on a terminal, else ndjson]' -r -f -a "human\t'A line for people'
ndjson\t'A JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from ls" -l journal -d 'The hub\'s journal. Default: hub.journal, else hub.db in the data directory' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from ls" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from ls" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from ls" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from ls" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from ls" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from ls" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from show" -s o -l output -d 'human or ndjson [default: human on a terminal, else ndjson]' -r -f -a "human\t'A line for people'
ndjson\t'A JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from show" -l journal -d 'The hub\'s journal. Default: hub.journal, else hub.db in the data directory' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from show" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from show" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from show" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from show" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from retry" -l consumer -d 'Only those of this consumer' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from retry" -l journal -d 'The hub\'s journal. Default: hub.journal, else hub.db in the data directory' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from retry" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from retry" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from retry" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from retry" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from retry" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from retry" -l all -d 'All of them, or with --consumer all of one consumer'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from retry" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from retry" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from retry" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from retry" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from drop" -l consumer -d 'Only those of this consumer' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from drop" -l journal -d 'The hub\'s journal. Default: hub.journal, else hub.db in the data directory' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from drop" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from drop" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from drop" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from drop" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from drop" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from drop" -l all -d 'All of them, or with --consumer all of one consumer'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from drop" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from drop" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from drop" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from drop" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from help" -f -a "ls" -d 'List messages, the oldest first. Exit 1 if there are none'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from help" -f -a "show" -d 'Print one message with the reason; as ndjson its body as it came'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from help" -f -a "retry" -d 'Give messages to their consumers once more; the hub does so within a second, if it runs'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from help" -f -a "drop" -d 'Forget messages for good'
complete -c fedhub -n "__fish_fedhub_using_subcommand quarantine; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -l journal -d 'The journal\'s file. Default: hub.journal, relay.journal or gateway.journal, the first that is set' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -l from-endpoint -d 'Ask this replay endpoint instead of a file' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -l to -d 'Where to send. Default: relay_inbound, with --durable relay.receipts' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -l pace -d 'How fast: orig, xN (N times as fast as they came) or N/s' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -s o -l output -d 'human or ndjson [default: human on a terminal, else ndjson]' -r -f -a "human\t'A line for people'
ndjson\t'A JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -l since -d 'What arrived at this time or later: RFC 3339, unix seconds, or an age such as -1h' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -l until -d 'What arrived before this time' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -l filter -d 'Only messages that match this; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -l topic -d 'Only these topics: bodhi.* after prefix and environment, the beginning of a whole topic, or ~REGEX; a * between dots stands for one word' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -l not-topic -d 'Without these topics' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -l category -l categories -d 'Only these categories: the word of the topic after prefix and environment, such as bodhi' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -l not-category -d 'Without these categories' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -l user -l users -d 'Only messages that have to do with one of these users' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -l not-user -d 'Without messages that have to do with one of these users' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -l package -l packages -d 'Only messages that have to do with one of these packages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -l not-package -d 'Without messages that have to do with one of these packages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -l where -d 'Only messages for which this jq expression is true, such as \'.msg.commit.branch == "f40"\'; one that fails or takes too long is not true' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -l durable -d 'Ask for a receipt of each message. A relay that has a message in its journal already gives a receipt, and does not publish it again'
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -l dry-run -d 'Send nothing, print the summary and end with 0'
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -s y -l yes -d 'Send without a summary'
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand replay" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand record" -l endpoint -d 'Whom to listen to; repeatable. Default: every configured endpoint' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand record" -l since -d 'Record what the journal has from this time on, and end: RFC 3339, unix seconds, or an age such as -1h' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand record" -l until -d 'Record what the journal has from before this time, and end' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand record" -l journal -d 'The journal\'s file. Default: hub.journal, relay.journal or gateway.journal, the first that is set' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand record" -l count -d 'End after this many messages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand record" -l timeout -d 'End after this many seconds' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand record" -l filter -d 'Only messages that match this; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand record" -l topic -d 'Only these topics: bodhi.* after prefix and environment, the beginning of a whole topic, or ~REGEX; a * between dots stands for one word' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand record" -l not-topic -d 'Without these topics' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand record" -l category -l categories -d 'Only these categories: the word of the topic after prefix and environment, such as bodhi' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand record" -l not-category -d 'Without these categories' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand record" -l user -l users -d 'Only messages that have to do with one of these users' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand record" -l not-user -d 'Without messages that have to do with one of these users' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand record" -l package -l packages -d 'Only messages that have to do with one of these packages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand record" -l not-package -d 'Without messages that have to do with one of these packages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand record" -l where -d 'Only messages for which this jq expression is true, such as \'.msg.commit.branch == "f40"\'; one that fails or takes too long is not true' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand record" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand record" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand record" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand record" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand record" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand record" -l append -d 'Go on after the last message of the file'
complete -c fedhub -n "__fish_fedhub_using_subcommand record" -l force -d 'Write over the file'
complete -c fedhub -n "__fish_fedhub_using_subcommand record" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand record" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand record" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand record" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand play" -l to -d 'Where to send. Default: relay_inbound, with --durable relay.receipts' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand play" -l pace -d 'How fast: orig, xN (N times as fast as they came) or N/s' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand play" -s o -l output -d 'human or ndjson [default: human on a terminal, else ndjson]' -r -f -a "human\t'A line for people'
ndjson\t'A JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand play" -l filter -d 'Only messages that match this; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand play" -l topic -d 'Only these topics: bodhi.* after prefix and environment, the beginning of a whole topic, or ~REGEX; a * between dots stands for one word' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand play" -l not-topic -d 'Without these topics' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand play" -l category -l categories -d 'Only these categories: the word of the topic after prefix and environment, such as bodhi' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand play" -l not-category -d 'Without these categories' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand play" -l user -l users -d 'Only messages that have to do with one of these users' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand play" -l not-user -d 'Without messages that have to do with one of these users' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand play" -l package -l packages -d 'Only messages that have to do with one of these packages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand play" -l not-package -d 'Without messages that have to do with one of these packages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand play" -l where -d 'Only messages for which this jq expression is true, such as \'.msg.commit.branch == "f40"\'; one that fails or takes too long is not true' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand play" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand play" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand play" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand play" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand play" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand play" -l durable -d 'Ask for a receipt of each message. A relay that has a message in its journal already gives a receipt, and does not publish it again'
complete -c fedhub -n "__fish_fedhub_using_subcommand play" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand play" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand play" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand play" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and not __fish_seen_subcommand_from check info help" -l archive -d 'Which archive: sqlite:/path or postgresql://… Default: archive.url' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and not __fish_seen_subcommand_from check info help" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and not __fish_seen_subcommand_from check info help" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and not __fish_seen_subcommand_from check info help" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and not __fish_seen_subcommand_from check info help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and not __fish_seen_subcommand_from check info help" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and not __fish_seen_subcommand_from check info help" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and not __fish_seen_subcommand_from check info help" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and not __fish_seen_subcommand_from check info help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and not __fish_seen_subcommand_from check info help" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and not __fish_seen_subcommand_from check info help" -f -a "check" -d 'See whether the archive is complete and as it should be. Exit 1 if something is found'
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and not __fish_seen_subcommand_from check info help" -f -a "info" -d 'Say what the archive has: how many messages, of what time, how large it is, and its partitions'
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and not __fish_seen_subcommand_from check info help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from check" -l since -d 'Look only at what arrived at this time or later: RFC 3339, unix seconds, or an age such as -1h. Digests, signatures and counters are of all messages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from check" -l until -d 'Look only at what arrived before this time' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from check" -l journal -d 'The journal that the archive is fed from. Default: archive.journal, else nommer.db in the data directory' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from check" -l cursor -d 'The archive\'s cursor there' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from check" -l sample -d 'Look at the content of so many messages, chosen at random. Default: all' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from check" -s o -l output -d 'human or ndjson [default: human on a terminal, else ndjson]' -r -f -a "human\t'A line for people'
ndjson\t'A JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from check" -l archive -d 'Which archive: sqlite:/path or postgresql://… Default: archive.url' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from check" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from check" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from check" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from check" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from check" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from check" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from info" -s o -l output -d 'human or ndjson [default: human on a terminal, else ndjson]' -r -f -a "human\t'A line for people'
ndjson\t'A JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from info" -l archive -d 'Which archive: sqlite:/path or postgresql://… Default: archive.url' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from info" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from info" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from info" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from info" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from info" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from info" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from info" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from info" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from info" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from help" -f -a "check" -d 'See whether the archive is complete and as it should be. Exit 1 if something is found'
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from help" -f -a "info" -d 'Say what the archive has: how many messages, of what time, how large it is, and its partitions'
complete -c fedhub -n "__fish_fedhub_using_subcommand archive; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fedhub -n "__fish_fedhub_using_subcommand export" -l format -d 'ndjson or csv [default: csv for a FILE.csv, else ndjson]' -r -f -a "ndjson\t'Everything of a message; import and play read it'
csv\t'A table, for spreadsheets'"
complete -c fedhub -n "__fish_fedhub_using_subcommand export" -l since -d 'Only what was published at this time or later: RFC 3339, unix seconds, or an age such as -1h' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand export" -l until -d 'Only what was published at this time or before' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand export" -l archive -d 'Which archive: sqlite:/path or postgresql://… Default: archive.url' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand export" -l filter -d 'Only messages that match this; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand export" -l topic -d 'Only these topics: bodhi.* after prefix and environment, the beginning of a whole topic, or ~REGEX; a * between dots stands for one word' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand export" -l not-topic -d 'Without these topics' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand export" -l category -l categories -d 'Only these categories: the word of the topic after prefix and environment, such as bodhi' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand export" -l not-category -d 'Without these categories' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand export" -l user -l users -d 'Only messages that have to do with one of these users' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand export" -l not-user -d 'Without messages that have to do with one of these users' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand export" -l package -l packages -d 'Only messages that have to do with one of these packages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand export" -l not-package -d 'Without messages that have to do with one of these packages' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand export" -l where -d 'Only messages for which this jq expression is true, such as \'.msg.commit.branch == "f40"\'; one that fails or takes too long is not true' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand export" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand export" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand export" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand export" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand export" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand export" -l zstd -d 'Compress with zstd, whatever the file is called'
complete -c fedhub -n "__fish_fedhub_using_subcommand export" -l resume -d 'Go on with what a run that was ended has written; begin if there is none'
complete -c fedhub -n "__fish_fedhub_using_subcommand export" -l force -d 'Write over the file, and over what a run that was ended has left'
complete -c fedhub -n "__fish_fedhub_using_subcommand export" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand export" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand export" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand import" -l archive -d 'Which archive: sqlite:/path or postgresql://…; it is made if it is not there. Default: archive.url' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand import" -l resume -d 'Remember in this file how far it is, and go on from there' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand import" -l rejects -d 'Append to this file what is no message: a line of JSON each, with the reason' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand import" -l since -d 'Of a datagrepper, only what was published at this time or later: RFC 3339, unix seconds, or an age such as -1h. Default: everything' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand import" -l until -d 'Of a datagrepper, only what was published before this time. Default: now' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand import" -l rate -d 'Of a datagrepper, read so many messages a second; 0 for no limit' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand import" -l patience -d 'Ask a datagrepper that fails again for so many seconds' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand import" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand import" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand import" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand import" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand import" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand import" -l dry-run -d 'Read and judge everything, and change nothing'
complete -c fedhub -n "__fish_fedhub_using_subcommand import" -l no-verify -d 'Verify no signatures'
complete -c fedhub -n "__fish_fedhub_using_subcommand import" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand import" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand import" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -l impl -d 'Which implementations to measure' -r -f -a "fedhub\t'This executable'
bare\t'libzmq or OpenSSL with nothing around it: the limit of the machine'
python\t'The Python fedmsg'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -l python -d 'Python of an environment with fedmsg, or the Python peer is left out [default: target/peers/venv/bin/python]' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -l size -d 'Bytes per message' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -l runs -d 'How often to measure each implementation' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -l duration -d 'Length of one measurement; a run has several' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -l rate -d 'Messages per second for the latencies' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -l subscribers -d 'Subscribers of the gateway' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -l messages -d 'Messages in the archive, and for busmon' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -l postgres -d 'A database of PostgreSQL for archives; schemas in it are made and removed' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -s o -l output -d 'How to print the report [default: human on a terminal, else ndjson]' -r -f -a "human\t'A table for people'
json\t'One JSON document'
ndjson\t'One JSON object per line: the machine, then each row'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -l check -d 'Exit 1 when a bar is missed or could not be measured'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -f -a "all" -d 'All of the below'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -f -a "relay" -d 'One publisher, one subscriber: latency, CPU, sustained rate, start, memory'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -f -a "gateway" -d 'One publisher, many subscribers'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -f -a "tail" -d 'Printing bodies into /dev/null'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -f -a "logger" -d 'One signed message, start to exit; and 1,000 in a row'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -f -a "crypto" -d 'Signatures made and checked, per core'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -f -a "describe" -d 'Facts found in messages by the rules, per core'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -f -a "hub" -d 'The hub and its journal, and what a consumer gets of it'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -f -a "archive" -d 'The archive, in SQLite and in PostgreSQL'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -f -a "query" -d 'What serve answers, beside the real datagrepper on the same messages'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -f -a "busmon" -d 'The terminal monitor while ten thousand messages a second come'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -f -a "forwarder" -d 'A plain libzmq forwarder, the limit for relay and gateway'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -f -a "subscriber" -d 'A plain libzmq subscriber, the limit for tail'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -f -a "counter" -d 'A program for the hub that counts lines'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -f -a "guarded" -d 'Runs a command that ends with its parent'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and not __fish_seen_subcommand_from all relay gateway tail logger crypto describe hub archive query busmon forwarder subscriber counter guarded help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from all" -l impl -d 'Which implementations to measure' -r -f -a "fedhub\t'This executable'
bare\t'libzmq or OpenSSL with nothing around it: the limit of the machine'
python\t'The Python fedmsg'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from all" -l python -d 'Python of an environment with fedmsg, or the Python peer is left out [default: target/peers/venv/bin/python]' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from all" -l size -d 'Bytes per message' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from all" -l runs -d 'How often to measure each implementation' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from all" -l duration -d 'Length of one measurement; a run has several' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from all" -l rate -d 'Messages per second for the latencies' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from all" -l subscribers -d 'Subscribers of the gateway' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from all" -l messages -d 'Messages in the archive, and for busmon' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from all" -l postgres -d 'A database of PostgreSQL for archives; schemas in it are made and removed' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from all" -s o -l output -d 'How to print the report [default: human on a terminal, else ndjson]' -r -f -a "human\t'A table for people'
json\t'One JSON document'
ndjson\t'One JSON object per line: the machine, then each row'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from all" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from all" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from all" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from all" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from all" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from all" -l check -d 'Exit 1 when a bar is missed or could not be measured'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from all" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from all" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from all" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from all" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from relay" -l impl -d 'Which implementations to measure' -r -f -a "fedhub\t'This executable'
bare\t'libzmq or OpenSSL with nothing around it: the limit of the machine'
python\t'The Python fedmsg'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from relay" -l python -d 'Python of an environment with fedmsg, or the Python peer is left out [default: target/peers/venv/bin/python]' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from relay" -l size -d 'Bytes per message' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from relay" -l runs -d 'How often to measure each implementation' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from relay" -l duration -d 'Length of one measurement; a run has several' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from relay" -l rate -d 'Messages per second for the latencies' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from relay" -l subscribers -d 'Subscribers of the gateway' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from relay" -l messages -d 'Messages in the archive, and for busmon' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from relay" -l postgres -d 'A database of PostgreSQL for archives; schemas in it are made and removed' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from relay" -s o -l output -d 'How to print the report [default: human on a terminal, else ndjson]' -r -f -a "human\t'A table for people'
json\t'One JSON document'
ndjson\t'One JSON object per line: the machine, then each row'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from relay" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from relay" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from relay" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from relay" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from relay" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from relay" -l check -d 'Exit 1 when a bar is missed or could not be measured'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from relay" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from relay" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from relay" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from relay" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from gateway" -l impl -d 'Which implementations to measure' -r -f -a "fedhub\t'This executable'
bare\t'libzmq or OpenSSL with nothing around it: the limit of the machine'
python\t'The Python fedmsg'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from gateway" -l python -d 'Python of an environment with fedmsg, or the Python peer is left out [default: target/peers/venv/bin/python]' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from gateway" -l size -d 'Bytes per message' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from gateway" -l runs -d 'How often to measure each implementation' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from gateway" -l duration -d 'Length of one measurement; a run has several' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from gateway" -l rate -d 'Messages per second for the latencies' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from gateway" -l subscribers -d 'Subscribers of the gateway' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from gateway" -l messages -d 'Messages in the archive, and for busmon' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from gateway" -l postgres -d 'A database of PostgreSQL for archives; schemas in it are made and removed' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from gateway" -s o -l output -d 'How to print the report [default: human on a terminal, else ndjson]' -r -f -a "human\t'A table for people'
json\t'One JSON document'
ndjson\t'One JSON object per line: the machine, then each row'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from gateway" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from gateway" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from gateway" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from gateway" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from gateway" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from gateway" -l check -d 'Exit 1 when a bar is missed or could not be measured'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from gateway" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from gateway" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from gateway" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from gateway" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from tail" -l impl -d 'Which implementations to measure' -r -f -a "fedhub\t'This executable'
bare\t'libzmq or OpenSSL with nothing around it: the limit of the machine'
python\t'The Python fedmsg'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from tail" -l python -d 'Python of an environment with fedmsg, or the Python peer is left out [default: target/peers/venv/bin/python]' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from tail" -l size -d 'Bytes per message' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from tail" -l runs -d 'How often to measure each implementation' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from tail" -l duration -d 'Length of one measurement; a run has several' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from tail" -l rate -d 'Messages per second for the latencies' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from tail" -l subscribers -d 'Subscribers of the gateway' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from tail" -l messages -d 'Messages in the archive, and for busmon' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from tail" -l postgres -d 'A database of PostgreSQL for archives; schemas in it are made and removed' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from tail" -s o -l output -d 'How to print the report [default: human on a terminal, else ndjson]' -r -f -a "human\t'A table for people'
json\t'One JSON document'
ndjson\t'One JSON object per line: the machine, then each row'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from tail" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from tail" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from tail" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from tail" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from tail" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from tail" -l check -d 'Exit 1 when a bar is missed or could not be measured'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from tail" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from tail" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from tail" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from tail" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from logger" -l impl -d 'Which implementations to measure' -r -f -a "fedhub\t'This executable'
bare\t'libzmq or OpenSSL with nothing around it: the limit of the machine'
python\t'The Python fedmsg'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from logger" -l python -d 'Python of an environment with fedmsg, or the Python peer is left out [default: target/peers/venv/bin/python]' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from logger" -l size -d 'Bytes per message' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from logger" -l runs -d 'How often to measure each implementation' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from logger" -l duration -d 'Length of one measurement; a run has several' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from logger" -l rate -d 'Messages per second for the latencies' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from logger" -l subscribers -d 'Subscribers of the gateway' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from logger" -l messages -d 'Messages in the archive, and for busmon' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from logger" -l postgres -d 'A database of PostgreSQL for archives; schemas in it are made and removed' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from logger" -s o -l output -d 'How to print the report [default: human on a terminal, else ndjson]' -r -f -a "human\t'A table for people'
json\t'One JSON document'
ndjson\t'One JSON object per line: the machine, then each row'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from logger" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from logger" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from logger" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from logger" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from logger" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from logger" -l check -d 'Exit 1 when a bar is missed or could not be measured'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from logger" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from logger" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from logger" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from logger" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from crypto" -l impl -d 'Which implementations to measure' -r -f -a "fedhub\t'This executable'
bare\t'libzmq or OpenSSL with nothing around it: the limit of the machine'
python\t'The Python fedmsg'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from crypto" -l python -d 'Python of an environment with fedmsg, or the Python peer is left out [default: target/peers/venv/bin/python]' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from crypto" -l size -d 'Bytes per message' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from crypto" -l runs -d 'How often to measure each implementation' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from crypto" -l duration -d 'Length of one measurement; a run has several' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from crypto" -l rate -d 'Messages per second for the latencies' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from crypto" -l subscribers -d 'Subscribers of the gateway' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from crypto" -l messages -d 'Messages in the archive, and for busmon' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from crypto" -l postgres -d 'A database of PostgreSQL for archives; schemas in it are made and removed' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from crypto" -s o -l output -d 'How to print the report [default: human on a terminal, else ndjson]' -r -f -a "human\t'A table for people'
json\t'One JSON document'
ndjson\t'One JSON object per line: the machine, then each row'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from crypto" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from crypto" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from crypto" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from crypto" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from crypto" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from crypto" -l check -d 'Exit 1 when a bar is missed or could not be measured'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from crypto" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from crypto" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from crypto" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from crypto" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from describe" -l impl -d 'Which implementations to measure' -r -f -a "fedhub\t'This executable'
bare\t'libzmq or OpenSSL with nothing around it: the limit of the machine'
python\t'The Python fedmsg'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from describe" -l python -d 'Python of an environment with fedmsg, or the Python peer is left out [default: target/peers/venv/bin/python]' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from describe" -l size -d 'Bytes per message' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from describe" -l runs -d 'How often to measure each implementation' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from describe" -l duration -d 'Length of one measurement; a run has several' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from describe" -l rate -d 'Messages per second for the latencies' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from describe" -l subscribers -d 'Subscribers of the gateway' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from describe" -l messages -d 'Messages in the archive, and for busmon' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from describe" -l postgres -d 'A database of PostgreSQL for archives; schemas in it are made and removed' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from describe" -s o -l output -d 'How to print the report [default: human on a terminal, else ndjson]' -r -f -a "human\t'A table for people'
json\t'One JSON document'
ndjson\t'One JSON object per line: the machine, then each row'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from describe" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from describe" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from describe" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from describe" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from describe" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from describe" -l check -d 'Exit 1 when a bar is missed or could not be measured'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from describe" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from describe" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from describe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from describe" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from hub" -l impl -d 'Which implementations to measure' -r -f -a "fedhub\t'This executable'
bare\t'libzmq or OpenSSL with nothing around it: the limit of the machine'
python\t'The Python fedmsg'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from hub" -l python -d 'Python of an environment with fedmsg, or the Python peer is left out [default: target/peers/venv/bin/python]' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from hub" -l size -d 'Bytes per message' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from hub" -l runs -d 'How often to measure each implementation' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from hub" -l duration -d 'Length of one measurement; a run has several' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from hub" -l rate -d 'Messages per second for the latencies' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from hub" -l subscribers -d 'Subscribers of the gateway' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from hub" -l messages -d 'Messages in the archive, and for busmon' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from hub" -l postgres -d 'A database of PostgreSQL for archives; schemas in it are made and removed' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from hub" -s o -l output -d 'How to print the report [default: human on a terminal, else ndjson]' -r -f -a "human\t'A table for people'
json\t'One JSON document'
ndjson\t'One JSON object per line: the machine, then each row'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from hub" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from hub" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from hub" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from hub" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from hub" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from hub" -l check -d 'Exit 1 when a bar is missed or could not be measured'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from hub" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from hub" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from hub" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from hub" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from archive" -l impl -d 'Which implementations to measure' -r -f -a "fedhub\t'This executable'
bare\t'libzmq or OpenSSL with nothing around it: the limit of the machine'
python\t'The Python fedmsg'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from archive" -l python -d 'Python of an environment with fedmsg, or the Python peer is left out [default: target/peers/venv/bin/python]' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from archive" -l size -d 'Bytes per message' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from archive" -l runs -d 'How often to measure each implementation' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from archive" -l duration -d 'Length of one measurement; a run has several' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from archive" -l rate -d 'Messages per second for the latencies' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from archive" -l subscribers -d 'Subscribers of the gateway' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from archive" -l messages -d 'Messages in the archive, and for busmon' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from archive" -l postgres -d 'A database of PostgreSQL for archives; schemas in it are made and removed' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from archive" -s o -l output -d 'How to print the report [default: human on a terminal, else ndjson]' -r -f -a "human\t'A table for people'
json\t'One JSON document'
ndjson\t'One JSON object per line: the machine, then each row'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from archive" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from archive" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from archive" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from archive" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from archive" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from archive" -l check -d 'Exit 1 when a bar is missed or could not be measured'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from archive" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from archive" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from archive" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from archive" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from query" -l impl -d 'Which implementations to measure' -r -f -a "fedhub\t'This executable'
bare\t'libzmq or OpenSSL with nothing around it: the limit of the machine'
python\t'The Python fedmsg'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from query" -l python -d 'Python of an environment with fedmsg, or the Python peer is left out [default: target/peers/venv/bin/python]' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from query" -l size -d 'Bytes per message' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from query" -l runs -d 'How often to measure each implementation' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from query" -l duration -d 'Length of one measurement; a run has several' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from query" -l rate -d 'Messages per second for the latencies' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from query" -l subscribers -d 'Subscribers of the gateway' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from query" -l messages -d 'Messages in the archive, and for busmon' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from query" -l postgres -d 'A database of PostgreSQL for archives; schemas in it are made and removed' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from query" -s o -l output -d 'How to print the report [default: human on a terminal, else ndjson]' -r -f -a "human\t'A table for people'
json\t'One JSON document'
ndjson\t'One JSON object per line: the machine, then each row'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from query" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from query" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from query" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from query" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from query" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from query" -l check -d 'Exit 1 when a bar is missed or could not be measured'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from query" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from query" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from query" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from query" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from busmon" -l impl -d 'Which implementations to measure' -r -f -a "fedhub\t'This executable'
bare\t'libzmq or OpenSSL with nothing around it: the limit of the machine'
python\t'The Python fedmsg'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from busmon" -l python -d 'Python of an environment with fedmsg, or the Python peer is left out [default: target/peers/venv/bin/python]' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from busmon" -l size -d 'Bytes per message' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from busmon" -l runs -d 'How often to measure each implementation' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from busmon" -l duration -d 'Length of one measurement; a run has several' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from busmon" -l rate -d 'Messages per second for the latencies' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from busmon" -l subscribers -d 'Subscribers of the gateway' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from busmon" -l messages -d 'Messages in the archive, and for busmon' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from busmon" -l postgres -d 'A database of PostgreSQL for archives; schemas in it are made and removed' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from busmon" -s o -l output -d 'How to print the report [default: human on a terminal, else ndjson]' -r -f -a "human\t'A table for people'
json\t'One JSON document'
ndjson\t'One JSON object per line: the machine, then each row'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from busmon" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from busmon" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from busmon" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from busmon" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from busmon" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from busmon" -l check -d 'Exit 1 when a bar is missed or could not be measured'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from busmon" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from busmon" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from busmon" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from busmon" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from forwarder" -l inbound -d 'Bind here for publishers' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from forwarder" -l connect -d 'Or subscribe to this publisher' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from forwarder" -l outbound -d 'Bind here for subscribers' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from forwarder" -l high-water-mark -d 'Messages that may wait for each peer, as fedhub has it' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from forwarder" -l impl -d 'Which implementations to measure' -r -f -a "fedhub\t'This executable'
bare\t'libzmq or OpenSSL with nothing around it: the limit of the machine'
python\t'The Python fedmsg'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from forwarder" -l python -d 'Python of an environment with fedmsg, or the Python peer is left out [default: target/peers/venv/bin/python]' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from forwarder" -l size -d 'Bytes per message' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from forwarder" -l runs -d 'How often to measure each implementation' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from forwarder" -l duration -d 'Length of one measurement; a run has several' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from forwarder" -l rate -d 'Messages per second for the latencies' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from forwarder" -l subscribers -d 'Subscribers of the gateway' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from forwarder" -l messages -d 'Messages in the archive, and for busmon' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from forwarder" -l postgres -d 'A database of PostgreSQL for archives; schemas in it are made and removed' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from forwarder" -s o -l output -d 'How to print the report [default: human on a terminal, else ndjson]' -r -f -a "human\t'A table for people'
json\t'One JSON document'
ndjson\t'One JSON object per line: the machine, then each row'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from forwarder" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from forwarder" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from forwarder" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from forwarder" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from forwarder" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from forwarder" -l check -d 'Exit 1 when a bar is missed or could not be measured'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from forwarder" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from forwarder" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from forwarder" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from forwarder" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from subscriber" -l endpoint -d 'The publisher' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from subscriber" -l impl -d 'Which implementations to measure' -r -f -a "fedhub\t'This executable'
bare\t'libzmq or OpenSSL with nothing around it: the limit of the machine'
python\t'The Python fedmsg'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from subscriber" -l python -d 'Python of an environment with fedmsg, or the Python peer is left out [default: target/peers/venv/bin/python]' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from subscriber" -l size -d 'Bytes per message' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from subscriber" -l runs -d 'How often to measure each implementation' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from subscriber" -l duration -d 'Length of one measurement; a run has several' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from subscriber" -l rate -d 'Messages per second for the latencies' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from subscriber" -l subscribers -d 'Subscribers of the gateway' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from subscriber" -l messages -d 'Messages in the archive, and for busmon' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from subscriber" -l postgres -d 'A database of PostgreSQL for archives; schemas in it are made and removed' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from subscriber" -s o -l output -d 'How to print the report [default: human on a terminal, else ndjson]' -r -f -a "human\t'A table for people'
json\t'One JSON document'
ndjson\t'One JSON object per line: the machine, then each row'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from subscriber" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from subscriber" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from subscriber" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from subscriber" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from subscriber" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from subscriber" -l check -d 'Exit 1 when a bar is missed or could not be measured'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from subscriber" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from subscriber" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from subscriber" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from subscriber" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from counter" -l report -d 'Who counts' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from counter" -l impl -d 'Which implementations to measure' -r -f -a "fedhub\t'This executable'
bare\t'libzmq or OpenSSL with nothing around it: the limit of the machine'
python\t'The Python fedmsg'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from counter" -l python -d 'Python of an environment with fedmsg, or the Python peer is left out [default: target/peers/venv/bin/python]' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from counter" -l size -d 'Bytes per message' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from counter" -l runs -d 'How often to measure each implementation' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from counter" -l duration -d 'Length of one measurement; a run has several' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from counter" -l rate -d 'Messages per second for the latencies' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from counter" -l subscribers -d 'Subscribers of the gateway' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from counter" -l messages -d 'Messages in the archive, and for busmon' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from counter" -l postgres -d 'A database of PostgreSQL for archives; schemas in it are made and removed' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from counter" -s o -l output -d 'How to print the report [default: human on a terminal, else ndjson]' -r -f -a "human\t'A table for people'
json\t'One JSON document'
ndjson\t'One JSON object per line: the machine, then each row'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from counter" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from counter" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from counter" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from counter" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from counter" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from counter" -l check -d 'Exit 1 when a bar is missed or could not be measured'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from counter" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from counter" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from counter" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from counter" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from guarded" -l impl -d 'Which implementations to measure' -r -f -a "fedhub\t'This executable'
bare\t'libzmq or OpenSSL with nothing around it: the limit of the machine'
python\t'The Python fedmsg'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from guarded" -l python -d 'Python of an environment with fedmsg, or the Python peer is left out [default: target/peers/venv/bin/python]' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from guarded" -l size -d 'Bytes per message' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from guarded" -l runs -d 'How often to measure each implementation' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from guarded" -l duration -d 'Length of one measurement; a run has several' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from guarded" -l rate -d 'Messages per second for the latencies' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from guarded" -l subscribers -d 'Subscribers of the gateway' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from guarded" -l messages -d 'Messages in the archive, and for busmon' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from guarded" -l postgres -d 'A database of PostgreSQL for archives; schemas in it are made and removed' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from guarded" -s o -l output -d 'How to print the report [default: human on a terminal, else ndjson]' -r -f -a "human\t'A table for people'
json\t'One JSON document'
ndjson\t'One JSON object per line: the machine, then each row'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from guarded" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from guarded" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from guarded" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from guarded" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from guarded" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from guarded" -l check -d 'Exit 1 when a bar is missed or could not be measured'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from guarded" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from guarded" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from guarded" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from guarded" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "all" -d 'All of the below'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "relay" -d 'One publisher, one subscriber: latency, CPU, sustained rate, start, memory'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "gateway" -d 'One publisher, many subscribers'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "tail" -d 'Printing bodies into /dev/null'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "logger" -d 'One signed message, start to exit; and 1,000 in a row'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "crypto" -d 'Signatures made and checked, per core'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "describe" -d 'Facts found in messages by the rules, per core'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "hub" -d 'The hub and its journal, and what a consumer gets of it'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "archive" -d 'The archive, in SQLite and in PostgreSQL'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "query" -d 'What serve answers, beside the real datagrepper on the same messages'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "busmon" -d 'The terminal monitor while ten thousand messages a second come'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "forwarder" -d 'A plain libzmq forwarder, the limit for relay and gateway'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "subscriber" -d 'A plain libzmq subscriber, the limit for tail'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "counter" -d 'A program for the hub that counts lines'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "guarded" -d 'Runs a command that ends with its parent'
complete -c fedhub -n "__fish_fedhub_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fedhub -n "__fish_fedhub_using_subcommand generate" -l config -d 'Read this settings file instead of the user\'s own' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand generate" -l config-filename -d 'Read fedmsg\'s settings from this file or folder instead of /etc/fedmsg.d' -r -F
complete -c fedhub -n "__fish_fedhub_using_subcommand generate" -l set -d 'Change a setting, over what files and variables say; repeatable' -r
complete -c fedhub -n "__fish_fedhub_using_subcommand generate" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c fedhub -n "__fish_fedhub_using_subcommand generate" -l log-format -d 'How log lines look' -r -f -a "text\t'One line of text each'
json\t'One JSON object each'"
complete -c fedhub -n "__fish_fedhub_using_subcommand generate" -s v -l verbose -d 'Log more; twice for even more'
complete -c fedhub -n "__fish_fedhub_using_subcommand generate" -s q -l quiet -d 'Log less'
complete -c fedhub -n "__fish_fedhub_using_subcommand generate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fedhub -n "__fish_fedhub_using_subcommand generate" -s V -l version -d 'Print version'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "relay" -d 'Receive messages from publishers and pass them on to subscribers, byte for byte'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "gateway" -d 'Subscribe to every publisher and rebroadcast on one port for many outside subscribers'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "hub" -d 'Keep every message of the bus in a journal, and hand each to the consumers of the settings'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "serve" -d 'Answer questions about the archive over HTTP: as datagrepper does, and more'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "nommer" -d 'Keep every message of the bus in the archive, for good'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "up" -d 'Run every role there is in one process, and show the messages that come out'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "query" -d 'Search the archive, which keeps every message for good'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "get" -d 'Print messages of the archive by their msg_id, with what the archive knows of them'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "latest" -d 'Show when a message of a sort came last, and which one it was'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "stats" -d 'Count the messages of the archive: by category, topic, user, package or agent, by day or hour'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "reindex" -d 'Find out anew what archived messages are about, after rules or accounts have changed'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "tail" -d 'Watch messages as they come'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "busmon" -d 'Watch the bus on a whole screen'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "logger" -d 'Publish log messages through the relay'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "announce" -d 'Publish an announcement: a text, and a link to more'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "spool" -d 'Look into a spool, where `fedhub logger --spool` keeps messages while the relay is away, and send what is there'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "describe" -d 'Say what messages are about: title, summary, link, icons, people and packages'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "rules" -d 'Check, test and show the rules that say what messages are about'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "canonical" -d 'Print the canonical text of JSON documents, one on each line'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "verify" -d 'Judge the signatures of messages, one on each line'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "certs" -d 'Make certificates for publishers, revoke them, and see when they expire'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "check" -d 'Check connections, daemons, consumers, lag, certificates and journals'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "doctor" -d 'Look at everything this host uses and say what needs attention, with the next command for each'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "config" -d 'Show, check, explain and import settings'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "filter" -d 'Try a filter on the journal, learn why a message does or does not match, and find mistakes'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "journal" -d 'Look into the journal, where relay and gateway keep what they publish, and the hub what it receives'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "gaps" -d 'List what the hub missed, what it recovered, and what is lost for good'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "quarantine" -d 'Look at what consumers of the hub could not deal with, and decide what becomes of it'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "replay" -d 'Send messages of a journal again, as they were: byte for byte, signatures included'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "record" -d 'Write messages to a file, as they come or from the journal'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "play" -d 'Send the messages of a recording, as they were: byte for byte, signatures included'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "archive" -d 'Look after the archive: what it has, and whether all is well with it'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "export" -d 'Write messages of the archive to a file: all, or those that match'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "import" -d 'Take messages from elsewhere into the archive: from a file, a datagrepper or a datanommer'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "bench" -d 'Measure throughput, loss, latency, CPU and memory, side by side with other implementations'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "generate" -d 'Write manual pages, shell completions and the sample settings file'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and not __fish_seen_subcommand_from relay gateway hub serve nommer up query get latest stats reindex tail busmon logger announce spool describe rules canonical verify certs check doctor config filter journal gaps quarantine replay record play archive export import bench generate help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from spool" -f -a "ls" -d 'List the messages, oldest first, and what was set aside'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from spool" -f -a "flush" -d 'Send the messages in order, and remove each when the relay has it on its disk'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from rules" -f -a "check" -d 'Look for mistakes: expressions that are no jq or call what there is not, rules that are never reached or have neither sample nor summary, bindings that nobody uses. Exit 1 if there are any'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from rules" -f -a "test" -d 'Describe the sample messages in the rule files and compare. Exit 1 if a fact is otherwise'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from rules" -f -a "show" -d 'Show which rule describes the messages of a topic, and its expressions'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from certs" -f -a "init" -d 'Make a certificate authority and an empty revocation list'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from certs" -f -a "issue" -d 'Issue a certificate and a private key for each NAME'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from certs" -f -a "revoke" -d 'Put certificates on the revocation list'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from certs" -f -a "crl" -d 'Renew the revocation list: same entries, new dates'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from certs" -f -a "list" -d 'List the authority, its revocation list and every certificate with its expiry date'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from check" -f -a "conn" -d 'Can every configured endpoint be connected to, by ZeroMQ\'s handshake?'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from check" -f -a "hub" -d 'Are the daemons ready: relay, gateway and hub, also those of the Python fedmsg?'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from check" -f -a "consumer" -d 'Are these consumers at work? Without names: all that are configured'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from check" -f -a "lag" -d 'How far are consumers behind? Without names: all that are configured'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from check" -f -a "certs" -d 'How long are CA, revocation list and this host\'s certificates valid?'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from check" -f -a "journal" -d 'Can the journals be used, and is there room for more?'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "show" -d 'Print the settings in force, as TOML'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "check" -d 'Read all settings and the files they name; say what is wrong'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "explain" -d 'Say what a key means, what it is set to, and where'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "import" -d 'Print fedmsg\'s settings as TOML'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "sample" -d 'Print a settings file with every key, commented out'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from filter" -f -a "test" -d 'Count the messages of the journal that a filter matches, and show the newest of them'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from filter" -f -a "why" -d 'Say which clause of a filter decided about a message of the journal, and what each clause says'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from filter" -f -a "lint" -d 'Find what is probably not meant: filters that match always or never, that only leave out, or that name categories and fields that no message has'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from journal" -f -a "ls" -d 'List messages, the oldest first'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from journal" -f -a "show" -d 'Print one message'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from journal" -f -a "cursors" -d 'List the cursors: how far each consumer has come, how many messages are before it, how many it has dealt with, and how many retention removed before it came to them'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from journal" -f -a "seek" -d 'Put a cursor somewhere else; its consumer goes on from there'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from journal" -f -a "prune" -d 'Remove now what is older or more than the settings allow'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from journal" -f -a "verify" -d 'Check the file\'s structure, and each message against its digest; exit 1 if something is wrong'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from quarantine" -f -a "ls" -d 'List messages, the oldest first. Exit 1 if there are none'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from quarantine" -f -a "show" -d 'Print one message with the reason; as ndjson its body as it came'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from quarantine" -f -a "retry" -d 'Give messages to their consumers once more; the hub does so within a second, if it runs'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from quarantine" -f -a "drop" -d 'Forget messages for good'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from archive" -f -a "check" -d 'See whether the archive is complete and as it should be. Exit 1 if something is found'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from archive" -f -a "info" -d 'Say what the archive has: how many messages, of what time, how large it is, and its partitions'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from bench" -f -a "all" -d 'All of the below'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from bench" -f -a "relay" -d 'One publisher, one subscriber: latency, CPU, sustained rate, start, memory'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from bench" -f -a "gateway" -d 'One publisher, many subscribers'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from bench" -f -a "tail" -d 'Printing bodies into /dev/null'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from bench" -f -a "logger" -d 'One signed message, start to exit; and 1,000 in a row'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from bench" -f -a "crypto" -d 'Signatures made and checked, per core'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from bench" -f -a "describe" -d 'Facts found in messages by the rules, per core'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from bench" -f -a "hub" -d 'The hub and its journal, and what a consumer gets of it'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from bench" -f -a "archive" -d 'The archive, in SQLite and in PostgreSQL'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from bench" -f -a "query" -d 'What serve answers, beside the real datagrepper on the same messages'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from bench" -f -a "busmon" -d 'The terminal monitor while ten thousand messages a second come'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from bench" -f -a "forwarder" -d 'A plain libzmq forwarder, the limit for relay and gateway'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from bench" -f -a "subscriber" -d 'A plain libzmq subscriber, the limit for tail'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from bench" -f -a "counter" -d 'A program for the hub that counts lines'
complete -c fedhub -n "__fish_fedhub_using_subcommand help; and __fish_seen_subcommand_from bench" -f -a "guarded" -d 'Runs a command that ends with its parent'
