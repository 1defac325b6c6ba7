@{
    ExcludeRules = @(
        # The examples and the build talk to a person.
        'PSAvoidUsingWriteHost'
        # Pester's blocks share variables in ways that the rule does not follow.
        'PSUseDeclaredVarsMoreThanAssignments'
        # dotnet's arguments have no names.
        'PSAvoidUsingPositionalParameters'
    )
}
