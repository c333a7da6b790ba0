// Usage: java -cp postgresql.jar Login.java (URL USER PASSWORD)... Prints a line each: current_user, or the SQLSTATE.

import java.sql.*;

class Login {
    public static void main(String[] arguments) throws Exception {
        for (int i = 0; i + 2 < arguments.length; i += 3) {
            try (Connection c = DriverManager.getConnection(arguments[i], arguments[i + 1], arguments[i + 2]);
                    ResultSet rows = c.createStatement().executeQuery("SELECT current_user")) {
                rows.next();
                System.out.println(rows.getString(1));
            } catch (SQLException e) {
                System.out.println("error " + e.getSQLState());
            }
        }
    }
}
