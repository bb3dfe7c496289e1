/** Short, common English words, lower case: one token each, with the space before them, in nearly every vocabulary. */
export const WORDS: readonly string[] = `
able about above across act age ago air all also always and any area arm art ask away baby back bad ball bank base
become bed been before begin best better big bit black blood blue board body book both box boy bring brother build
business but buy call came can car card care case catch cause cell center change check child choice church city class
clear close cold color come common cost could country course court cover create cup current cut dark data daughter day
dead deal death decide deep did die different dinner do doctor does dog done door down draw dream drive drop each early
east easy eat edge effect eight else end energy enough even evening event ever every exist eye face fact fall family far
fast father fear feel few field fight fill film final find fine fire firm first fish five floor follow food foot force
form four free friend from front full fund game garden gas general girl give glass goal good great green ground group
grow growth guess gun had hair half hand happy hard has have head hear heart heat heavy help her here high hill him his
history hit hold home hope horse hospital hot hotel hour house how huge human hundred husband idea image impact in into
issue item job join just keep key kid kill kind king know land language large last late law lay lead learn leave left leg
less let letter level lie life light like line list little live local long look lose loss lot love low machine main make
man many map mark market may me mean meet member mind minute miss model moment money month more morning most mother move
much music must my name nation near need never new news next nice night nine no north not note now number of off office
`
  .trim()
  .split(/\s+/);
