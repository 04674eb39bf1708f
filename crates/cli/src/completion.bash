_lsq_webhooks() {
    local IFS=$'\v' prefix='' words=() word i
    local index=-1
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        ((i == COMP_CWORD)) && [[ $word != '=' ]] && word=$2
        # bash breaks --flag=value into three words.
        if [[ $word == '=' && ${words[index]-} == --* ]]; then
            words[index]+='='
            prefix=${words[index]}
        elif [[ -n $prefix && ${words[index]} == "$prefix" ]]; then
            words[index]+=$word
        else
            words[++index]=$word
            prefix=''
        fi
    done
    COMPREPLY=($(LSQ_WEBHOOKS_COMPLETE=bash _CLAP_IFS="$IFS" _CLAP_COMPLETE_INDEX="$index" \
        lsq-webhooks -- "${words[@]}")) || COMPREPLY=()
    COMPREPLY=("${COMPREPLY[@]#"$prefix"}")
    # Behind a directory and behind --flag= the word goes on.
    if ((${#COMPREPLY[@]} != 1)) || [[ ${COMPREPLY[0]} != *[=/:] ]]; then
        compopt +o nospace 2>/dev/null
    fi
}
complete -o nospace -o bashdefault -o nosort -F _lsq_webhooks lsq-webhooks 2>/dev/null ||
    complete -o bashdefault -F _lsq_webhooks lsq-webhooks
