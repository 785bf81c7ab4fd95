package hooke.node.rpc.json;

import com.google.api.AnnotationsProto;
import com.google.api.HttpRule;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Message;
import com.linecorp.armeria.common.HttpMethod;
import hooke.node.rpc.ErrorCode;
import hooke.node.rpc.RpcException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A method's HTTP form, as its `google.api.http` option says. Of that language this house uses and
/// knows: GET with parameters, POST with the whole request as body, and variables such as
/// `{name=orders/*}` that are fields of the request.
///
/// @param whole the request is the body, so there are no parameters
/// @param path matches the encoded path; its groups are the variables in order
record Binding(HttpMethod verb, boolean whole, Pattern path, List<FieldDescriptor> variables) {
  private static final Pattern VARIABLE = Pattern.compile("\\{([a-z_]+)=([^}]*)}");

  /// Empty for a method without the option.
  ///
  /// @throws IllegalStateException if the option, or a field of the request, is of a kind that
  ///   nobody here can read
  static Optional<Binding> of(MethodDescriptor method) {
    if (!method.getOptions().hasExtension(AnnotationsProto.http)) {
      return Optional.empty();
    }
    HttpRule rule = method.getOptions().getExtension(AnnotationsProto.http);
    Descriptor request = method.getInputType();
    refuseUnreadable(request, new HashSet<>());
    if (rule.getAdditionalBindingsCount() == 0
        && !method.isClientStreaming()
        && !method.isServerStreaming()) {
      if (rule.hasGet() && rule.getBody().isEmpty()) {
        return Optional.of(of(HttpMethod.GET, false, rule.getGet(), request));
      }
      if (rule.hasPost() && rule.getBody().equals("*")) {
        return Optional.of(of(HttpMethod.POST, true, rule.getPost(), request));
      }
    }
    throw new IllegalStateException(method.getFullName() + " has an HTTP form of a new kind");
  }

  private static Binding of(HttpMethod verb, boolean whole, String template, Descriptor request) {
    StringBuilder path = new StringBuilder();
    List<FieldDescriptor> variables = new ArrayList<>();
    Matcher variable = VARIABLE.matcher(template);
    int end = 0;
    while (variable.find()) {
      path.append(Pattern.quote(template.substring(end, variable.start())));
      // A colon begins a custom verb.
      path.append('(')
          .append(Pattern.quote(variable.group(2)).replace("*", "\\E[^/:]+\\Q"))
          .append(')');
      variables.add(request.findFieldByName(variable.group(1)));
      end = variable.end();
    }
    path.append(Pattern.quote(template.substring(end)));
    return new Binding(verb, whole, Pattern.compile(path.toString()), List.copyOf(variables));
  }

  private static void refuseUnreadable(Descriptor type, Set<Descriptor> seen) {
    if (!seen.add(type)) {
      return;
    }
    for (FieldDescriptor field : type.getFields()) {
      if (!Scalars.readable(field)) {
        throw new IllegalStateException(field.getFullName() + " has no JSON form here");
      }
      if (!Scalars.single(field)) {
        refuseUnreadable(field.getMessageType(), seen);
      }
    }
  }

  /// Fills a request from a path that matches, the query behind it and the body.
  ///
  /// @throws RpcException if anything in them is not the request's
  void read(String encodedPath, String query, byte[] body, Message.Builder into) {
    Matcher matched = path.matcher(encodedPath);
    if (!matched.matches()) {
      throw new IllegalArgumentException(encodedPath + " is another method's");
    }
    if (whole) {
      if (!query.isEmpty()) {
        throw invalid("this method takes no parameters behind '?': all fields are in the body");
      }
      JsonBody.read(body, into);
    } else if (body.length > 0) {
      throw invalid("this method takes no body: fields are parameters behind '?'");
    }
    Set<String> bound = new HashSet<>();
    for (int i = 0; i < variables.size(); i++) {
      FieldDescriptor field = variables.get(i);
      String value =
          Percent.decode(matched.group(i + 1), false)
              .orElseThrow(() -> invalid("the path is not percent-encoded UTF-8"));
      Object said = into.getField(field);
      if (!said.equals(field.getDefaultValue()) && !said.equals(value)) {
        throw Fields.refused(
            field.getName(),
            "%s is in the path, and another one in the body".formatted(field.getName()));
      }
      into.setField(field, Scalars.read(field, value, field.getName()));
      bound.add(field.getName());
    }
    if (!whole) {
      Query.read(query, bound, into);
    }
  }

  private static RpcException invalid(String sentence) {
    return new RpcException(ErrorCode.INVALID_ARGUMENT, sentence);
  }
}
