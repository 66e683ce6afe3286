# Completion of the commands of Porchlight in fish. The program itself knows what may follow.
function __porchlight_candidates
    set -l words (commandline -opc)
    set -l last "$(commandline -ct)"
    for line in ($words[1] completion candidates -- $words[2..-1] $last 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path $last
            case ':folders'
                __fish_complete_directories $last ''
            case '*'
                echo $line
        end
    end
end
complete -c porchlight -f -a '(__porchlight_candidates)'
