complete --keep-order --exclusive --command fedhub --arguments "(_FEDHUB_COMPLETE=fish fedhub -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
